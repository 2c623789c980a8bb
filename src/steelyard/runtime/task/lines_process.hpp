#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"
#include "steelyard/runtime/task/line_buffer.hpp"
#include "steelyard/runtime/task/lines_codec.hpp"
#include "steelyard/runtime/task/lines_task.hpp"

namespace steelyard {

/// One long-lived process of a lines task: started at its first job, restarted at the first job
/// after its end.
///
/// Two starts are at least a back-off apart, which doubles with every start since the last answer.
/// Thread safety: none; one job at a time.
class LinesProcess {
 public:
  /// What became of a job, and of the process while it ran.
  struct Report {
    JobOutcome outcome;
    bool fresh = false;   ///< the process was started for this job: it held no state before
    bool loaded = false;  ///< it said that it loaded the job's state
  };

  /// `options` and `counters` must outlive this.
  LinesProcess(const LinesTaskOptions& options, LinesCounters& counters)
      : options_(options), counters_(counters) {}

  /// Gives the job to the process, which is started first when it does not run, and waits for the
  /// answer.
  [[nodiscard]] Report run(const Work& work);

  /// Whether there is a process; it may have ended without our knowing yet.
  [[nodiscard]] bool started() const { return child_ != nullptr; }
  /// The state of the job that the running process was given last.
  [[nodiscard]] const std::string& last_state() const { return last_state_; }

  /// Asks the process to end, by the end of its input.
  void close_input();
  /// Waits for its end until `deadline`, then kills it.
  void end_by(std::chrono::steady_clock::time_point deadline);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  [[nodiscard]] bool running();
  [[nodiscard]] Result<void> start();
  [[nodiscard]] SteadyTime earliest_start() const;
  [[nodiscard]] JobOutcome exchange(const Work& work, bool& loaded);
  void read_output();
  [[nodiscard]] std::optional<JobOutcome> next_outcome(std::string_view id, bool& loaded);
  [[nodiscard]] std::optional<JobOutcome> outcome_of(LinesAnswer& answer, bool& loaded);
  [[nodiscard]] JobOutcome line_too_long();
  [[nodiscard]] JobOutcome replace_because(std::string_view what);
  [[nodiscard]] JobOutcome lost_in_mid_job();

  const LinesTaskOptions& options_;
  LinesCounters& counters_;
  std::unique_ptr<ChildProcess> child_;
  LineBuffer lines_;
  std::string last_state_;
  std::uint32_t starts_since_answer_ = 0;
  SteadyTime last_start_{};
};

}  // namespace steelyard
