#include "steelyard/runtime/task/lines_exchange.hpp"

#include <utility>

#include <fmt/format.h>

namespace steelyard {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a process that closed a pipe gets to end by itself, so that its exit status is known.
constexpr std::chrono::seconds kEndGrace{1};
constexpr std::size_t kReadBytes = 65536;

}  // namespace

LinesExchange::LinesExchange(const Means& means, LinesRequest request)
    : means_(means), request_(std::move(request)), unwritten_(request_.lines) {}

LinesReport LinesExchange::run() {
  const JobControl::Watch watch(request_.control, [this] { means_.changed.set(); });
  report_.outcome = converse();
  return std::move(report_);
}

JobOutcome LinesExchange::converse() {
  while (true) {
    follow_stop();
    const ChildReady ready = wait();
    if (ready.woken) means_.changed.clear();
    if (ready.input) write();
    if (ready.errors) means_.child.read_errors();
    if (ready.output) read_output();
    if (auto outcome = next_outcome()) {
      if (report_.is_lost || is_job_written()) return std::move(*outcome);
      return replace_because("an answer before the job was read");
    }
    if (auto outcome = end_without_answer(ready)) return std::move(*outcome);
  }
}

void LinesExchange::follow_stop() {
  if (stopping() || request_.control == nullptr || !request_.control->stop_requested()) return;
  kill_at_ = Clock::now() + means_.options.cancel_grace_ms;
  cancel_ = encode_cancel_line(request_.id);
}

ChildReady LinesExchange::wait() const {
  return means_.child.wait_ready({.to_write = !unwritten_.empty() || !cancel_.empty(),
                                  .to_read = !partial_,
                                  .wake_fd = means_.changed.fd(),
                                  .deadline = kill_at_});
}

void LinesExchange::write() {
  if (!is_job_written()) {
    unwritten_.remove_prefix(means_.child.write_input(unwritten_));
  } else if (means_.child.write_input(cancel_) > 0) {
    // So few bytes are taken by a pipe as a whole or not at all: no half of a line stays behind.
    cancel_.clear();
  }
}

void LinesExchange::read_output() {
  std::string bytes;
  means_.child.read_output(bytes, kReadBytes);
  means_.lines.append(bytes);
}

std::optional<JobOutcome> LinesExchange::next_outcome() {
  while (pass_on_partial()) {
    const auto line = means_.lines.next();
    if (!line) {
      if (means_.lines.pending_bytes() > means_.options.max_line_bytes) return line_too_long();
      return std::nullopt;
    }
    if (auto outcome = understand(*line)) return outcome;
  }
  return std::nullopt;
}

std::optional<JobOutcome> LinesExchange::understand(std::string_view line) {
  if (line.size() > means_.options.max_line_bytes) return line_too_long();
  auto answer = parse_answer_line(line);
  if (!answer) return replace_because(answer.error().context);
  if (answer->id != request_.id) {
    ++means_.counters.unknown_answers;
    return std::nullopt;
  }
  note(*answer);
  return outcome_of(*answer);
}

void LinesExchange::note(const LinesAnswer& answer) {
  report_.has_answered = true;
  if (answer.loaded_s) report_.loaded_s = report_.loaded_s.value_or(0) + *answer.loaded_s;
  report_.load_failed = report_.load_failed || answer.load_failed;
  if (answer.state_bytes > 0) report_.state_bytes = answer.state_bytes;
  if (answer.progress_percent && request_.control != nullptr) {
    request_.control->progress(*answer.progress_percent);
  }
}

std::optional<JobOutcome> LinesExchange::outcome_of(LinesAnswer& answer) {
  if (auto* done = std::get_if<LinesAnswer::Done>(&answer.what)) return std::move(done->result);
  if (auto* failed = std::get_if<LinesAnswer::Failed>(&answer.what)) {
    return job_failure(std::move(failed->text), failed->retry);
  }
  if (std::holds_alternative<LinesAnswer::Stopped>(answer.what)) return stopped_by_process();
  if (auto* partial = std::get_if<LinesAnswer::Partial>(&answer.what)) {
    partial_ = std::move(partial->bytes);
  }
  if (auto* forward = std::get_if<Forward>(&answer.what)) {
    if (request_.is_load) return job_failure("the process answered a load with \"forward\"");
    return std::move(*forward);
  }
  if (request_.is_load && answer.loaded_s) return std::string();
  return std::nullopt;
}

JobOutcome LinesExchange::stopped_by_process() const {
  if (!stopping()) return job_failure("the process stopped the job although nobody asked it to");
  return job_stopped(request_.control->stop_reason(), StopOutcome::Complied,
                     "the process stopped it when it was asked to");
}

/// Passes on the partial result that was read last; false: it has to wait for credit.
bool LinesExchange::pass_on_partial() {
  if (!partial_) return true;
  if (request_.control != nullptr &&
      request_.control->offer(*partial_) == JobControl::Offered::NoCredit) {
    return false;
  }
  partial_.reset();
  return true;
}

std::optional<JobOutcome> LinesExchange::end_without_answer(const ChildReady& ready) {
  const bool deaf = !is_job_written() && !means_.child.input_open();
  // What it wrote before its end is read first: the answer may be there.
  const bool silent = (ready.ended && !ready.output) || !means_.child.output_open();
  if (deaf || (silent && !partial_)) return lost_in_mid_job();
  if (stopping() && Clock::now() >= *kill_at_) return killed_after_grace();
  return std::nullopt;
}

JobOutcome LinesExchange::line_too_long() {
  return replace_because(
      fmt::format("a line longer than max_line_bytes = {}", means_.options.max_line_bytes));
}

JobOutcome LinesExchange::replace_because(std::string_view what) {
  report_.is_lost = true;
  ++means_.counters.replaced;
  return job_failure(fmt::format("the process wrote {}; it will be replaced", what));
}

JobOutcome LinesExchange::lost_in_mid_job() {
  ChildProcess& child = means_.child;
  report_.is_lost = true;
  const bool ended = child.wait_until(Clock::now() + kEndGrace).has_value();
  child.end_by(Clock::now());
  if (stopping()) {
    return job_stopped(request_.control->stop_reason(), StopOutcome::Complied,
                       "the process " + child.describe_death());
  }
  if (means_.options.guard->stopped()) return stopped_in_mid_job();
  const std::string_view what = ended ? "" : "closed its standard input or output in mid-job and ";
  return job_death(fmt::format("the process {}{}", what, child.describe_death()));
}

JobOutcome LinesExchange::killed_after_grace() {
  report_.is_lost = true;
  ++means_.counters.killed;
  return job_stopped(request_.control->stop_reason(), StopOutcome::Killed,
                     fmt::format("the process was killed, because it did not answer within {} ms",
                                 means_.options.cancel_grace_ms.count()));
}

}  // namespace steelyard
