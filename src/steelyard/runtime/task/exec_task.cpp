#include "steelyard/runtime/task/exec_task.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"
#include "steelyard/runtime/task/wake_event.hpp"

namespace steelyard {
namespace {

/// `work` and `options` have to outlive the child.
ChildCommand command_for(const Work& work, const ExecTaskOptions& options) {
  ChildCommand command{.words = options.command.with_state(work.state),
                       .environment = {{"STEELYARD_JOB_ID", std::string(work.id)},
                                       {"STEELYARD_STATE", std::string(work.state)},
                                       {"STEELYARD_ATTEMPT", std::to_string(work.attempt)},
                                       {"STEELYARD_HOP", std::to_string(work.hop)},
                                       {"STEELYARD_USER", std::string(work.user)}}};
  if (options.said) {
    command.said = [&](std::string_view line) { options.said({line, work.id}); };
  }
  return command;
}

/// The parts of a payload as lines; nothing when it has not several.
std::optional<std::string> joined_parts(const Work& work) {
  const auto parts = work.parts();
  if (!work.has_parts() || !parts) return std::nullopt;
  return fmt::format("{}", fmt::join(*parts, "\n"));
}

/// One job's conversation with its process: all three pipes are served at once, so that neither
/// side waits for the other however much there is to say.
class Conversation {
 public:
  Conversation(ChildProcess& child, const Work& work, const ExecTaskOptions& options,
               const WakeEvent& changed)
      : child_(child),
        work_(work),
        options_(options),
        changed_(changed),
        joined_(joined_parts(work)),
        unwritten_(joined_ ? std::string_view(*joined_) : work.payload) {}
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// Until the process has ended and all its output is read. False: the result is over the limit.
  bool run() {
    while (true) {
      follow_stop();
      if (unwritten_.empty() && !stopping()) child_.close_input();
      const ChildReady ready = child_.wait_ready({.to_write = !unwritten_.empty() && !stopping(),
                                                  .wake_fd = changed_.fd(),
                                                  .deadline = kill_at_});
      if (ready.woken) changed_.clear();
      // A command that closed its input knows what it wanted to know; nothing is taken then.
      if (ready.input) unwritten_.remove_prefix(child_.write_input(unwritten_));
      if (ready.errors) child_.read_errors();
      if (ready.output) read();
      if (result_.size() > options_.max_result_bytes) return false;
      // What it wrote before its end is read first, in as many rounds as that takes.
      if (ready.ended && (stopping() || !ready.output)) return true;
    }
  }

  std::string take_result() { return std::move(result_); }
  [[nodiscard]] StopOutcome stop() const { return stop_; }

 private:
  [[nodiscard]] bool stopping() const { return stop_ != StopOutcome::NotStopped; }

  void follow_stop() {
    const auto now = std::chrono::steady_clock::now();
    if (!stopping() && work_.stop_requested() && !child_.ended()) {
      stop_ = StopOutcome::Complied;
      kill_at_ = now + options_.cancel_grace_ms;
      child_.terminate();
    } else if (kill_at_ && now >= *kill_at_ && !child_.ended()) {
      stop_ = StopOutcome::Killed;
      kill_at_.reset();
      child_.kill();
    }
  }

  // At the limit one more byte is asked for: it tells a full result from one that is too large.
  void read() {
    const std::size_t room_bytes = options_.max_result_bytes - result_.size();
    child_.read_output(result_, std::max<std::size_t>(room_bytes, 1));
    if (stopping()) result_.clear();
  }

  ChildProcess& child_;
  const Work& work_;
  const ExecTaskOptions& options_;
  const WakeEvent& changed_;
  const std::optional<std::string> joined_;  // instead of a payload of several parts
  std::string_view unwritten_;
  std::string result_;
  StopOutcome stop_ = StopOutcome::NotStopped;
  std::optional<std::chrono::steady_clock::time_point> kill_at_;  // while it is asked to end
};

std::string how_stopped(StopOutcome stop, const ExecTaskOptions& options) {
  if (stop == StopOutcome::Complied) return "the command ended when it was asked to";
  return fmt::format("the command was killed, because it did not end within {} ms",
                     options.cancel_grace_ms.count());
}

JobOutcome too_large(const ExecTaskOptions& options) {
  return job_failure(
      fmt::format("the result is larger than max_result_bytes = {}; the command "
                  "was killed",
                  options.max_result_bytes));
}

JobOutcome run_child(ChildProcess& child, const Work& work, const ExecTaskOptions& options) {
  const auto changed = WakeEvent::make();
  if (!changed) return job_failure(changed.error().context);
  const JobControl::Watch watch(work.control, [&changed] { changed->set(); });
  Conversation conversation(child, work, options, *changed);
  const bool has_room = conversation.run();
  const ExitStatus status = child.end_by(std::chrono::steady_clock::now());
  if (!has_room) return too_large(options);
  if (const StopOutcome stop = conversation.stop(); stop != StopOutcome::NotStopped) {
    return job_stopped(work.stop_reason(), stop, how_stopped(stop, options));
  }
  if (status.success()) return conversation.take_result();
  if (options.guard->stopped()) return stopped_in_mid_job();
  if (status.kind == ExitStatus::Kind::Signalled) {
    return job_death("the command " + child.describe_death());
  }
  return job_failure(child.describe_end());
}

JobOutcome run_job(const Work& work, const ExecTaskOptions& options) {
  if (work.stop_requested()) {
    return job_stopped(work.stop_reason(), StopOutcome::Complied, "the command was not started");
  }
  auto child = ChildProcess::spawn(command_for(work, options), options.guard);
  if (!child && child.error().code == ErrorCode::Stopped) return stopped_in_mid_job();
  if (!child) return job_failure(child.error().context);
  return run_child(**child, work, options);
}

}  // namespace

TaskFunction exec_task(ExecTaskOptions options) {
  STEELYARD_ASSERT(options.guard != nullptr);
  STEELYARD_ASSERT(!options.command.words().empty());
  return [options = std::move(options)](const Work& work, WorkerState&) {
    return answer_or_throw(run_job(work, options));
  };
}

}  // namespace steelyard
