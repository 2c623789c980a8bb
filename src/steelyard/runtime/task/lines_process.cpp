#include "steelyard/runtime/task/lines_process.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace steelyard {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMaxDoublings = 20;

bool is_to_stop(const JobControl* control) {
  return control != nullptr && control->stop_requested();
}

JobOutcome not_begun(const JobControl& control) {
  return job_stopped(control.stop_reason(), StopOutcome::Complied, "it had not begun");
}

}  // namespace

LinesReport LinesProcess::run(const Work& work) {
  return ask(work.state, {encode_job_line(work), work.id, false, work.control});
}

LinesReport LinesProcess::load(std::string_view state) {
  const std::string id = fmt::format("load-{}", ++loads_asked_);
  LinesReport report = ask(state, {encode_load_line(state, id), id, true});
  report.load_failed = !report.outcome;
  return report;
}

LinesReport LinesProcess::ask(std::string_view state, LinesRequest request) {
  if (is_to_stop(request.control)) return {not_begun(*request.control)};
  if (!running()) {
    if (auto refused = start(request.control)) return {std::move(*refused)};
  }
  last_state_ = state;
  request.lines.insert(0, lines_before(state));
  LinesReport report = exchange(std::move(request));
  // One that was killed because its job was to stop has not failed to start.
  const bool was_killed = !report.outcome && report.outcome.error().stop == StopOutcome::Killed;
  if (report.has_answered || was_killed) starts_since_answer_ = 1;
  if (report.is_lost) end_by(Clock::now());
  job_.clear();
  follow(state, report);
  return report;
}

LinesReport LinesProcess::exchange(LinesRequest request) {
  child_->read_errors();  // what it has written since its last job is not about this one
  if (!request.is_load) job_ = request.id;
  try {
    return LinesExchange({*child_, lines_, *changed_, options_, counters_}, std::move(request))
        .run();
  } catch (const std::exception& error) {
    // Memory ran out in mid-line: what the process would say next could not be understood.
    return {.outcome = job_failure(fmt::format("the process's answer was lost: {}", error.what())),
            .is_lost = true};
  }
}

void LinesProcess::evict(const std::string& state) {
  if (std::erase(held_, state) > 0) evicted_.push_back(state);
}

/// What a process that holds several states has to let go of before it works on `state`.
std::string LinesProcess::lines_before(std::string_view state) {
  const bool is_new = !state.empty() && std::ranges::find(held_, state) == held_.end();
  while (is_new && options_.states_per_process > 1 && held_.size() >= options_.states_per_process) {
    evict(std::string(held_.front()));
  }
  std::string lines;
  for (const std::string& evicted : std::exchange(evicted_, {})) {
    if (options_.states_per_process > 1) lines += encode_evict_line(evicted);
  }
  return lines;
}

/// Brings what the process is known to hold in line with what it said and suffered.
void LinesProcess::follow(std::string_view state, const LinesReport& report) {
  tells_loads_ = tells_loads_ || report.loaded_s.has_value();
  if (!child_) return held_.clear();
  if (state.empty()) return;
  const bool was_held = std::ranges::find(held_, state) != held_.end();
  const bool has_it = report.loaded_s || (tells_loads_ && report.outcome && !report.load_failed);
  if (has_it) return hold(state);
  if (report.load_failed) std::erase(held_, state);
  // Nothing says whether the one before it is still there.
  const bool is_doubtful = report.load_failed || (!report.outcome && !was_held);
  if (is_doubtful && options_.states_per_process == 1) held_.clear();
}

void LinesProcess::hold(std::string_view state) {
  std::erase(held_, state);
  held_.emplace_back(state);
  if (held_.size() > options_.states_per_process) held_.erase(held_.begin());
}

bool LinesProcess::running() {
  if (child_ && child_->wait_until(Clock::now())) end_by(Clock::now());
  if (!child_) held_.clear();
  return child_ != nullptr;
}

/// Why the process does not run; nullopt: it does.
std::optional<JobOutcome> LinesProcess::start(JobControl* control) {
  if (auto refused = wait_to_start(control)) return refused;
  if (auto spawned = spawn(); !spawned) {
    const bool stopped = spawned.error().code == ErrorCode::Stopped;
    return stopped ? JobOutcome(stopped_in_mid_job()) : job_failure(spawned.error().context);
  }
  return std::nullopt;
}

std::optional<JobOutcome> LinesProcess::wait_to_start(JobControl* control) const {
  const JobControl::Watch watch(control, [this] { options_.guard->wake(); });
  if (options_.guard->wait_stopped_until(earliest_start(),
                                         [control] { return is_to_stop(control); })) {
    return stopped_in_mid_job();
  }
  if (is_to_stop(control)) return not_begun(*control);
  return std::nullopt;
}

Result<void> LinesProcess::spawn() {
  last_start_ = Clock::now();
  ++starts_since_answer_;
  ++counters_.starts;
  auto changed = WakeEvent::make();
  if (!changed) return tl::unexpected(changed.error());
  ChildCommand command{.words = options_.command.words()};
  if (options_.said) {
    command.said = [this](std::string_view line) { options_.said({line, job_}); };
  }
  auto child = ChildProcess::spawn(std::move(command), options_.guard);
  if (!child) return tl::unexpected(child.error());
  changed_ = std::move(*changed);
  child_ = std::move(*child);
  lines_ = LineBuffer();
  evicted_.clear();
  return {};
}

LinesProcess::SteadyTime LinesProcess::earliest_start() const {
  if (starts_since_answer_ == 0) return last_start_;
  const std::uint32_t doublings = std::min(starts_since_answer_ - 1, kMaxDoublings);
  const auto wait = options_.restart_first_ms * (std::int64_t{1} << doublings);
  return last_start_ + std::min(wait, options_.restart_max_ms);
}

void LinesProcess::listen() {
  if (child_) child_->read_errors();
}

void LinesProcess::close_input() {
  if (child_) child_->close_input();
}

void LinesProcess::end_by(SteadyTime deadline) {
  if (child_) child_->end_by(deadline);
  child_.reset();
}

}  // namespace steelyard
