#include "steelyard/runtime/task/lines_process.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace steelyard {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a process that closed a pipe gets to end by itself, so that its exit status is known.
constexpr std::chrono::seconds kEndGrace{1};
constexpr std::size_t kReadBytes = 65536;
constexpr std::uint32_t kMaxDoublings = 20;

}  // namespace

LinesProcess::Report LinesProcess::run(const Work& work) {
  return ask(work.state, {encode_job_line(work), work.id});
}

LinesProcess::Report LinesProcess::load(std::string_view state) {
  const std::string id = fmt::format("load-{}", ++loads_asked_);
  Report report = ask(state, {encode_load_line(state, id), id, true});
  report.load_failed = !report.outcome;
  return report;
}

LinesProcess::Report LinesProcess::ask(std::string_view state, Request request) {
  Report report;
  if (!running()) {
    if (auto started = start(); !started) {
      const bool stopped = started.error().code == ErrorCode::Stopped;
      report.outcome = stopped ? stopped_in_mid_job() : job_failure(started.error().context);
      return report;
    }
  }
  last_state_ = state;
  request.lines.insert(0, lines_before(state));
  try {
    report.outcome = exchange(request, report);
  } catch (const std::exception& error) {
    // Memory ran out in mid-line: what the process would say next could not be understood.
    child_.reset();
    report.outcome = job_failure(fmt::format("the process's answer was lost: {}", error.what()));
  }
  follow(state, report);
  return report;
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
void LinesProcess::follow(std::string_view state, const Report& report) {
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
  if (child_ && child_->wait_until(Clock::now())) child_.reset();
  if (!child_) held_.clear();
  return child_ != nullptr;
}

Result<void> LinesProcess::start() {
  if (options_.guard->wait_stopped_until(earliest_start())) {
    return failure(ErrorCode::Stopped, "the worker was stopped");
  }
  last_start_ = Clock::now();
  ++starts_since_answer_;
  ++counters_.starts;
  auto child = ChildProcess::spawn({options_.command.words(), {}}, options_.guard);
  if (!child) return tl::unexpected(child.error());
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

JobOutcome LinesProcess::exchange(const Request& request, Report& report) {
  std::string_view unwritten = request.lines;
  while (true) {
    const ChildReady ready = child_->wait_ready(!unwritten.empty());
    if (ready.input) unwritten.remove_prefix(child_->write_input(unwritten));
    if (ready.errors) child_->read_errors();
    if (ready.output) read_output();
    if (auto outcome = next_outcome(request, report)) {
      if (child_ && !unwritten.empty()) return replace_because("an answer before the job was read");
      return std::move(*outcome);
    }
    const bool deaf = !unwritten.empty() && !child_->input_open();
    // What it wrote before its end is read first: the answer may be there.
    const bool silent = (ready.ended && !ready.output) || !child_->output_open();
    if (deaf || silent) return lost_in_mid_job();
  }
}

void LinesProcess::read_output() {
  std::string bytes;
  child_->read_output(bytes, kReadBytes);
  lines_.append(bytes);
}

std::optional<JobOutcome> LinesProcess::next_outcome(const Request& request, Report& report) {
  while (auto line = lines_.next()) {
    if (line->size() > options_.max_line_bytes) return line_too_long();
    auto answer = parse_answer_line(*line);
    if (!answer) return replace_because(answer.error().context);
    if (answer->id != request.id) {
      ++counters_.unknown_answers;
      continue;
    }
    starts_since_answer_ = 1;
    if (answer->loaded_s) report.loaded_s = report.loaded_s.value_or(0) + *answer->loaded_s;
    report.load_failed = report.load_failed || answer->load_failed;
    if (answer->state_bytes > 0) report.state_bytes = answer->state_bytes;
    if (auto outcome = outcome_of(*answer, request)) return outcome;
  }
  if (lines_.pending_bytes() <= options_.max_line_bytes) return std::nullopt;
  return line_too_long();
}

JobOutcome LinesProcess::line_too_long() {
  return replace_because(
      fmt::format("a line longer than max_line_bytes = {}", options_.max_line_bytes));
}

std::optional<JobOutcome> LinesProcess::outcome_of(LinesAnswer& answer, const Request& request) {
  if (auto* done = std::get_if<LinesAnswer::Done>(&answer.what)) return std::move(done->result);
  if (auto* failed = std::get_if<LinesAnswer::Failed>(&answer.what)) {
    return job_failure(std::move(failed->text), failed->retry);
  }
  if (const auto* unsupported = std::get_if<LinesAnswer::Unsupported>(&answer.what)) {
    return job_failure(
        fmt::format("the process answered with \"{}\", which this version does not "
                    "support",
                    unsupported->kind));
  }
  if (request.is_load && answer.loaded_s) return std::string();
  return std::nullopt;
}

JobOutcome LinesProcess::replace_because(std::string_view what) {
  child_.reset();
  ++counters_.replaced;
  return job_failure(fmt::format("the process wrote {}; it will be replaced", what));
}

JobOutcome LinesProcess::lost_in_mid_job() {
  const bool ended = child_->wait_until(Clock::now() + kEndGrace).has_value();
  child_->end_by(Clock::now());
  const std::string how = child_->describe_end();
  child_.reset();
  if (options_.guard->stopped()) return stopped_in_mid_job();
  const std::string_view what = ended ? "ended" : "closed its standard input or output";
  return job_failure(fmt::format("the process {} in mid-job: {}", what, how), true);
}

void LinesProcess::close_input() {
  if (child_) child_->close_input();
}

void LinesProcess::end_by(SteadyTime deadline) {
  if (child_) child_->end_by(deadline);
  child_.reset();
}

}  // namespace steelyard
