#include "steelyard/runtime/task/exec_task.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"

namespace steelyard {
namespace {

ChildCommand command_for(const Work& work, const CommandLine& command) {
  return {.words = command.with_state(work.state),
          .environment = {{"STEELYARD_JOB_ID", std::string(work.id)},
                          {"STEELYARD_STATE", std::string(work.state)},
                          {"STEELYARD_ATTEMPT", std::to_string(work.attempt)},
                          {"STEELYARD_USER", std::string(work.user)}}};
}

/// One job's conversation with its process: all three pipes are served at once, so that neither
/// side waits for the other however much there is to say.
class Conversation {
 public:
  Conversation(ChildProcess& child, std::string_view payload, std::size_t max_result_bytes)
      : child_(child), unwritten_(payload), max_result_bytes_(max_result_bytes) {}

  /// Until the process has ended and all its output is read. False: the result is over the limit.
  bool run() {
    while (true) {
      if (unwritten_.empty()) child_.close_input();
      const ChildReady ready = child_.wait_ready(!unwritten_.empty());
      // A command that closed its input knows what it wanted to know; nothing is taken then.
      if (ready.input) unwritten_.remove_prefix(child_.write_input(unwritten_));
      if (ready.errors) child_.read_errors();
      if (ready.output) read();
      if (result_.size() > max_result_bytes_) return false;
      // What it wrote before its end is read first, in as many rounds as that takes.
      if (ready.ended && !ready.output) return true;
    }
  }

  std::string take_result() { return std::move(result_); }

 private:
  // At the limit one more byte is asked for: it tells a full result from one that is too large.
  void read() {
    const std::size_t room_bytes = max_result_bytes_ - result_.size();
    child_.read_output(result_, std::max<std::size_t>(room_bytes, 1));
  }

  ChildProcess& child_;
  std::string_view unwritten_;
  std::size_t max_result_bytes_;
  std::string result_;
};

JobOutcome run_job(const Work& work, const ExecTaskOptions& options) {
  auto child = ChildProcess::spawn(command_for(work, options.command), options.guard);
  if (!child && child.error().code == ErrorCode::Stopped) return stopped_in_mid_job();
  if (!child) return job_failure(child.error().context);
  Conversation conversation(**child, work.payload, options.max_result_bytes);
  if (!conversation.run()) {
    return job_failure(
        fmt::format("the result is larger than max_result_bytes = {}; the command "
                    "was killed",
                    options.max_result_bytes));
  }
  const ExitStatus status = (*child)->end_by(std::chrono::steady_clock::now());
  if (status.success()) return conversation.take_result();
  if (options.guard->stopped()) return stopped_in_mid_job();
  return job_failure((*child)->describe_end());
}

}  // namespace

TaskFunction exec_task(ExecTaskOptions options) {
  STEELYARD_ASSERT(options.guard != nullptr);
  STEELYARD_ASSERT(!options.command.words().empty());
  return [options = std::move(options)](const Work& work, WorkerState&) {
    return result_or_throw(run_job(work, options));
  };
}

}  // namespace steelyard
