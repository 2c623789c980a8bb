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
#include "steelyard/runtime/task/lines_codec.hpp"
#include "steelyard/runtime/task/lines_task.hpp"

namespace steelyard {

/// One long-lived process of a lines task: started at its first job, restarted at the first job
/// after its end.
///
/// Two starts are at least a back-off apart, which doubles with every start since the last answer.
/// What it holds follows from what it says: `loaded_s` begins, its end or a failed load ends it.
/// Thread safety: none; one job at a time.
class LinesProcess {
 public:
  /// What became of a job or a load, and what the process said about its state.
  struct Report {
    JobOutcome outcome;
    std::optional<double> loaded_s{};  ///< it was loaded, in so many seconds
    bool load_failed = false;
    std::uint64_t state_bytes = 0;  ///< 0: not measured
  };

  /// `options` and `counters` must outlive this.
  LinesProcess(const LinesTaskOptions& options, LinesCounters& counters)
      : options_(options), counters_(counters) {}

  /// Gives the job to the process, which is started first when it does not run, and waits for the
  /// answer.
  [[nodiscard]] Report run(const Work& work);
  /// Has it load a state ahead of any job.
  [[nodiscard]] Report load(std::string_view state);
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

  /// Asks the process to end, by the end of its input.
  void close_input();
  /// Waits for its end until `deadline`, then kills it.
  void end_by(std::chrono::steady_clock::time_point deadline);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// What the process is asked, and which answer is the last one.
  struct Request {
    std::string lines;
    std::string_view id;
    bool is_load = false;  ///< over when the state is loaded
  };

  [[nodiscard]] bool running();
  [[nodiscard]] Result<void> start();
  [[nodiscard]] SteadyTime earliest_start() const;
  [[nodiscard]] Report ask(std::string_view state, Request request);
  [[nodiscard]] std::string lines_before(std::string_view state);
  void follow(std::string_view state, const Report& report);
  void hold(std::string_view state);
  [[nodiscard]] JobOutcome exchange(const Request& request, Report& report);
  void read_output();
  [[nodiscard]] std::optional<JobOutcome> next_outcome(const Request& request, Report& report);
  [[nodiscard]] static std::optional<JobOutcome> outcome_of(LinesAnswer& answer,
                                                            const Request& request);
  [[nodiscard]] JobOutcome line_too_long();
  [[nodiscard]] JobOutcome replace_because(std::string_view what);
  [[nodiscard]] JobOutcome lost_in_mid_job();

  const LinesTaskOptions& options_;
  LinesCounters& counters_;
  std::unique_ptr<ChildProcess> child_;
  LineBuffer lines_;
  std::string last_state_;
  std::vector<std::string> held_;
  std::vector<std::string> evicted_;  // and not told yet
  bool tells_loads_ = false;
  std::uint64_t loads_asked_ = 0;
  std::uint32_t starts_since_answer_ = 0;
  SteadyTime last_start_{};
};

}  // namespace steelyard
