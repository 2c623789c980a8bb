#include "steelyard/runtime/task/lines_task.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"
#include "steelyard/runtime/task/lines_process.hpp"

namespace steelyard {
namespace {

/// How long a line that a process writes between two jobs may wait until it is told.
constexpr std::chrono::milliseconds kListenEvery{200};

/// Longer than any load; what a process says may be anything.
constexpr double kLongestLoad_s = 1e7;

WorkerState::Notes notes_of(const LinesReport& report) {
  WorkerState::Notes notes;
  if (report.loaded_s) {
    const std::chrono::duration<double> said(std::min(*report.loaded_s, kLongestLoad_s));
    notes.load_time = std::max(std::chrono::duration_cast<std::chrono::nanoseconds>(said),
                               std::chrono::nanoseconds(1));
  }
  notes.load_failed = report.load_failed;
  notes.bytes = report.state_bytes;
  return notes;
}

}  // namespace

class LinesWorkers::Use {
 public:
  Use(LinesWorkers& workers, std::string_view state, JobControl* control = nullptr)
      : workers_(workers), place_(workers.acquire(state, control)) {}
  ~Use() { workers_.release(place_); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  LinesProcess* operator->() const { return place_.process.get(); }

 private:
  LinesWorkers& workers_;
  Place& place_;
};

LinesWorkers::LinesWorkers(LinesTaskOptions options) : options_(std::move(options)) {
  STEELYARD_ASSERT(options_.guard != nullptr);
  STEELYARD_ASSERT(!options_.command.words().empty());
  STEELYARD_ASSERT(options_.processes > 0 && options_.states_per_process > 0);
  for (std::size_t i = 0; i < options_.processes; ++i) {
    places_.push_back({std::make_unique<LinesProcess>(options_, counters_)});
  }
  if (options_.said)
    listener_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
}

LinesWorkers::~LinesWorkers() {
  listener_ = std::jthread();
  STEELYARD_ASSERT(std::ranges::all_of(places_, &Place::is_free));
  // All are asked first, so that together they take one grace and not one each.
  for (const Place& place : places_) place.process->close_input();
  const auto deadline = std::chrono::steady_clock::now() + options_.stop_grace_ms;
  for (const Place& place : places_) place.process->end_by(deadline);
}

Answer LinesWorkers::run(const Work& work, WorkerState& state) {
  LinesReport report;
  {
    const Use process(*this, work.state, work.control);
    report = process->run(work);
  }
  state.keep_elsewhere(work.state, notes_of(report), held());
  return answer_or_throw(std::move(report.outcome));
}

void LinesWorkers::load(std::string_view name, WorkerState& state) {
  LinesReport report;
  {
    const Use process(*this, name);
    report = process->load(name);
  }
  state.keep_elsewhere(name, notes_of(report), held());
  static_cast<void>(answer_or_throw(std::move(report.outcome)));
}

void LinesWorkers::evict(std::string_view name) {
  const std::lock_guard lock(mutex_);
  for (Place& place : places_) {
    if (std::erase(place.held, name) > 0) place.evict.emplace_back(name);
  }
}

/// Everything that is held; nullopt while no process has said that it loads anything.
std::optional<std::vector<std::string>> LinesWorkers::held() const {
  const std::lock_guard lock(mutex_);
  if (!tells_loads_) return std::nullopt;
  std::set<std::string> all;
  for (const Place& place : places_) all.insert(place.held.begin(), place.held.end());
  return std::vector<std::string>(all.begin(), all.end());
}

/// Throws StoppedError when the job is to stop before a process is free.
LinesWorkers::Place& LinesWorkers::acquire(std::string_view state, JobControl* control) {
  const JobControl::Watch watch(control, [this] {
    const std::lock_guard lock(mutex_);
    freed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  wait_for_free(lock, control);
  Place& best = best_for(state);
  best.is_free = false;
  for (const std::string& evicted : std::exchange(best.evict, {})) best.process->evict(evicted);
  return best;
}

void LinesWorkers::wait_for_free(std::unique_lock<std::mutex>& lock, JobControl* control) {
  const auto is_to_stop = [control] { return control != nullptr && control->stop_requested(); };
  const auto is_one_free = [this] { return std::ranges::any_of(places_, &Place::is_free); };
  freed_.wait(lock, [&] { return is_one_free() || is_to_stop(); });
  if (is_one_free()) return;
  static_cast<void>(answer_or_throw(
      job_stopped(control->stop_reason(), StopOutcome::Complied, "it had not begun")));
}

/// Requires: one is free.
LinesWorkers::Place& LinesWorkers::best_for(std::string_view state) {
  Place* best = nullptr;
  int most = -1;
  for (Place& place : places_) {
    if (!place.is_free) continue;
    const int suits = suitability(place, state, options_.states_per_process);
    if (suits <= most) continue;
    best = &place;
    most = suits;
  }
  return *best;
}

/// How welcome a free process is for a job with `state`.
int LinesWorkers::suitability(const Place& place, std::string_view state, std::size_t capacity) {
  const bool is_started = place.process->started();
  if (state.empty()) return is_started ? 1 : 0;
  if (std::ranges::find(place.held, state) != place.held.end()) return 4;
  if (!is_started) return 1;
  if (place.process->last_state() == state) return 3;
  return place.held.size() < capacity ? 2 : 0;
}

void LinesWorkers::release(Place& place) {
  {
    const std::lock_guard lock(mutex_);
    place.held = place.process->held();
    for (const std::string& evicted : place.evict) std::erase(place.held, evicted);
    tells_loads_ = tells_loads_ || place.process->tells_loads();
    place.is_free = true;
  }
  freed_.notify_one();
}

/// Reads what processes write while they have no job: those that have one are read by its thread.
void LinesWorkers::listen(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    for (const Place& place : places_) {
      if (place.is_free) place.process->listen();
    }
    listened_.wait_for(lock, stop, kListenEvery, [] { return false; });
  }
}

Task lines_task(LinesTaskOptions options, bool preloads) {
  const bool is_concurrent = options.processes > 1;
  auto workers = std::make_shared<LinesWorkers>(std::move(options));
  Task task;
  task.function = [workers](const Work& work, WorkerState& state) {
    return workers->run(work, state);
  };
  task.options.concurrent = is_concurrent;
  task.options.evict = [workers](std::string_view name, WorkerState&) { workers->evict(name); };
  task.options.load = [workers, preloads](std::string_view name, WorkerState& state) {
    if (!preloads) {
      throw std::runtime_error(
          "its process is only asked to load ahead of jobs when the worker was started with "
          "--preload");
    }
    workers->load(name, state);
  };
  return task;
}

}  // namespace steelyard
