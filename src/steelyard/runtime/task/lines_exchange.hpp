#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/job_outcome.hpp"
#include "steelyard/runtime/task/line_buffer.hpp"
#include "steelyard/runtime/task/lines_codec.hpp"
#include "steelyard/runtime/task/lines_task.hpp"
#include "steelyard/runtime/task/wake_event.hpp"

namespace steelyard {

/// What a process of `--lines` is asked, and which answer is the last one.
struct LinesRequest {
  std::string lines;
  std::string_view id;
  bool is_load = false;           ///< over when the state is loaded
  JobControl* control = nullptr;  ///< null: it is never stopped, and nobody listens
};

/// What became of a job or a load, and what the process said about its state.
struct LinesReport {
  JobOutcome outcome;
  std::optional<double> loaded_s{};  ///< it was loaded, in so many seconds
  bool load_failed = false;
  std::uint64_t state_bytes = 0;  ///< 0: not measured
  bool has_answered = false;      ///< anything at all
  bool is_lost = false;           ///< the process has ended, or has to be killed
};

/// One job's, or one load's, conversation with its process, from the request to the answer.
///
/// A job that is to stop is cancelled by a line; the process has `cancel_grace_ms` from then on to
/// answer. A partial result for which there is no credit is held back, and nothing further is read
/// until there is: the pipe fills, and the process has to wait. A stop ends that, and partial
/// results are dropped from then on.
/// Thread safety: none.
class LinesExchange {
 public:
  /// What a conversation is led with; all of it outlives the conversation.
  struct Means {
    ChildProcess& child;
    LineBuffer& lines;  ///< what was read and not understood yet
    const WakeEvent& changed;
    const LinesTaskOptions& options;
    LinesCounters& counters;
  };

  LinesExchange(const Means& means, LinesRequest request);
  LinesExchange(const LinesExchange&) = delete;
  LinesExchange& operator=(const LinesExchange&) = delete;

  /// Until the job is over. Throws what the sink of the job's control throws, and when memory runs
  /// out: what the process says next could not be understood then.
  [[nodiscard]] LinesReport run();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  [[nodiscard]] JobOutcome converse();
  void follow_stop();
  [[nodiscard]] ChildReady wait() const;
  void write();
  void read_output();
  [[nodiscard]] std::optional<JobOutcome> next_outcome();
  [[nodiscard]] std::optional<JobOutcome> understand(std::string_view line);
  void note(const LinesAnswer& answer);
  [[nodiscard]] std::optional<JobOutcome> outcome_of(LinesAnswer& answer);
  [[nodiscard]] JobOutcome stopped_by_process() const;
  [[nodiscard]] bool pass_on_partial();
  [[nodiscard]] std::optional<JobOutcome> end_without_answer(const ChildReady& ready);
  [[nodiscard]] JobOutcome line_too_long();
  [[nodiscard]] JobOutcome replace_because(std::string_view what);
  [[nodiscard]] JobOutcome lost_in_mid_job();
  [[nodiscard]] JobOutcome killed_after_grace();

  [[nodiscard]] bool stopping() const { return kill_at_.has_value(); }
  [[nodiscard]] bool is_job_written() const { return unwritten_.empty(); }

  const Means means_;
  const LinesRequest request_;
  std::string_view unwritten_;          // of the request
  std::string cancel_;                  // to be written after it; empty: nothing
  std::optional<std::string> partial_;  // held back for want of credit
  std::optional<SteadyTime> kill_at_;   // while it is asked to stop
  LinesReport report_;
};

}  // namespace steelyard
