#include "steelyard/runtime/task/lines_task.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"
#include "steelyard/runtime/task/lines_process.hpp"

namespace steelyard {
namespace {

/// Brings what the worker is known to hold in line with what its only process said and suffered.
void follow(const LinesProcess::Report& report, const Work& work, bool lives, WorkerState& state) {
  if (report.fresh) state.clear();
  if (report.loaded && !work.state.empty()) state.mark_loaded(work.state);
  // A job for another state failed, and nothing says whether the former one is still held.
  if (!report.outcome && state.name() != work.state) state.clear();
  if (!lives) state.clear();
}

/// How welcome a free process is for a job with `state`.
int suitability(const LinesProcess& process, std::string_view state) {
  if (!process.started()) return 0;
  return process.last_state() == state ? 2 : 1;
}

}  // namespace

LinesWorkers::LinesWorkers(LinesTaskOptions options) : options_(std::move(options)) {
  STEELYARD_ASSERT(options_.guard != nullptr);
  STEELYARD_ASSERT(!options_.command.words().empty());
  STEELYARD_ASSERT(options_.processes > 0);
  for (std::size_t i = 0; i < options_.processes; ++i) {
    processes_.push_back(std::make_unique<LinesProcess>(options_, counters_));
    free_.push_back(processes_.back().get());
  }
}

LinesWorkers::~LinesWorkers() {
  STEELYARD_ASSERT(free_.size() == processes_.size());
  // All are asked first, so that together they take one grace and not one each.
  for (const auto& process : processes_) process->close_input();
  const auto deadline = std::chrono::steady_clock::now() + options_.stop_grace_ms;
  for (const auto& process : processes_) process->end_by(deadline);
}

std::string LinesWorkers::run(const Work& work, WorkerState& state) {
  LinesProcess& process = acquire(work.state);
  const auto releaser = [this](LinesProcess* used) { release(*used); };
  const std::unique_ptr<LinesProcess, decltype(releaser)> held(&process, releaser);
  LinesProcess::Report report = process.run(work);
  if (options_.processes == 1) follow(report, work, process.started(), state);
  return result_or_throw(std::move(report.outcome));
}

LinesProcess& LinesWorkers::acquire(std::string_view state) {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return !free_.empty(); });
  const auto best = std::max_element(free_.begin(), free_.end(),
                                     [state](const LinesProcess* a, const LinesProcess* b) {
                                       return suitability(*a, state) < suitability(*b, state);
                                     });
  LinesProcess* const chosen = *best;
  free_.erase(best);
  return *chosen;
}

void LinesWorkers::release(LinesProcess& process) {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(&process);
  }
  freed_.notify_one();
}

TaskFunction lines_task(LinesTaskOptions options) {
  auto workers = std::make_shared<LinesWorkers>(std::move(options));
  return [workers](const Work& work, WorkerState& state) { return workers->run(work, state); };
}

}  // namespace steelyard
