#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"
#include "steelyard/runtime/task/line_buffer.hpp"
#include "steelyard/runtime/task/lines_exchange.hpp"
#include "steelyard/runtime/task/lines_task.hpp"
#include "steelyard/runtime/task/wake_event.hpp"

namespace steelyard {

/// One long-lived process of a lines task: started at its first job, restarted at the first job
/// after its end.
///
/// Two starts are at least a back-off apart, which doubles with every start since the last answer.
/// What it holds follows from what it says: `loaded_s` begins, its end or a failed load ends it.
/// Thread safety: none; one job at a time.
class LinesProcess {
 public:
  /// `options` and `counters` must outlive this.
  LinesProcess(const LinesTaskOptions& options, LinesCounters& counters)
      : options_(options), counters_(counters) {}

  /// Gives the job to the process, which is started first when it does not run, and waits for the
  /// answer. One that is to stop already costs nothing.
  [[nodiscard]] LinesReport run(const Work& work);
  /// Has it load a state ahead of any job.
  [[nodiscard]] LinesReport load(std::string_view state);
  /// It is to let go of a state. One that holds several is told so before its next job; one that
  /// holds a single one gives it up for the next by itself.
  void evict(const std::string& state);

  /// Whether there is a process; it may have ended without our knowing yet.
  [[nodiscard]] bool started() const { return child_ != nullptr; }
  /// The state of the job that the running process was given last.
  [[nodiscard]] const std::string& last_state() const { return last_state_; }
  /// What the process holds, the state used last at the end, as far as it has said so.
  [[nodiscard]] const std::vector<std::string>& held() const { return held_; }
  /// Whether it has ever said that it loaded something.
  [[nodiscard]] bool tells_loads() const { return tells_loads_; }

  /// Reads what it has written to its standard error, which is read with each job otherwise.
  void listen();
  /// Asks the process to end, by the end of its input.
  void close_input();
  /// Waits for its end until `deadline`, then kills it.
  void end_by(std::chrono::steady_clock::time_point deadline);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  [[nodiscard]] bool running();
  [[nodiscard]] std::optional<JobOutcome> start(JobControl* control);
  [[nodiscard]] std::optional<JobOutcome> wait_to_start(JobControl* control) const;
  [[nodiscard]] Result<void> spawn();
  [[nodiscard]] SteadyTime earliest_start() const;
  [[nodiscard]] LinesReport ask(std::string_view state, LinesRequest request);
  [[nodiscard]] LinesReport exchange(LinesRequest request);
  [[nodiscard]] std::string lines_before(std::string_view state);
  void follow(std::string_view state, const LinesReport& report);
  void hold(std::string_view state);

  const LinesTaskOptions& options_;
  LinesCounters& counters_;
  std::unique_ptr<ChildProcess> child_;
  std::optional<WakeEvent> changed_;  // as long as there is a process
  LineBuffer lines_;
  std::string job_;  // that it works on; empty: none
  std::string last_state_;
  std::vector<std::string> held_;
  std::vector<std::string> evicted_;  // and not told yet
  bool tells_loads_ = false;
  std::uint64_t loads_asked_ = 0;
  std::uint32_t starts_since_answer_ = 0;
  SteadyTime last_start_{};
};

}  // namespace steelyard
