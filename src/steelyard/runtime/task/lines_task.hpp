#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

class LinesProcess;

/// What `lines_task` runs, and within which limits.
struct LinesTaskOptions {
  /// The words are taken as written: the state comes in the job's line, `{state}` is not filled.
  CommandLine command{};
  std::shared_ptr<ChildGuard> guard{};                 ///< of this worker
  std::size_t processes = 1;                           ///< the worker's slots; at least 1
  std::size_t max_line_bytes = std::size_t{64} << 20;  ///< of one line of an answer
  std::chrono::milliseconds restart_first_ms{100};     ///< between two starts, doubling
  std::chrono::milliseconds restart_max_ms{10'000};    ///< up to this
  std::chrono::milliseconds stop_grace_ms{2'000};      ///< from the end of input to the kill
};

/// What has happened in a lines task so far. Each is a running total.
struct LinesCounters {
  std::atomic<std::uint64_t> starts = 0;           ///< of processes, the first ones included
  std::atomic<std::uint64_t> replaced = 0;         ///< killed for a line that broke the contract
  std::atomic<std::uint64_t> unknown_answers = 0;  ///< for a job the process was not working on
};

/// Long-lived processes that speak JSON lines: a job per line on standard input, its answers on
/// standard output. See `--lines` in the documentation of the protocol.
///
/// Each process works on one job at a time and keeps its state between jobs. It is started at its
/// first job and, when it has ended, at the next one after a back-off. A process that served the
/// job's state last is preferred, then one that runs.
/// Thread safety: `run` and `counters` may be called by any number of threads at once; a call
/// waits while all processes are busy.
class LinesWorkers {
 public:
  /// Requires: a command with words, a guard, at least one process (asserted).
  explicit LinesWorkers(LinesTaskOptions options);
  /// Closes the processes' input, gives them `stop_grace_ms` to end, then kills them.
  /// Requires: no call is running (asserted).
  ~LinesWorkers();
  LinesWorkers(const LinesWorkers&) = delete;
  LinesWorkers& operator=(const LinesWorkers&) = delete;

  /// Has a process do the job and returns its result.
  ///
  /// Throws std::runtime_error for an `error` answer, a command that cannot be started, a line that
  /// cannot be understood or is too long (both: the process is replaced), and an answer this
  /// version does not support (`partial`, `forward`). Throws RetryableError for an `error` with
  /// `retry`, for a process that ends in mid-job (with its exit status and the end of its standard
  /// error), and when `guard->kill_all()` stopped it.
  ///
  /// With one process, `state` follows what the process says it holds (`loaded_s`), and is cleared
  /// when that process ends or fails to load. With several, `state` is not touched: it could not
  /// say which of them holds what.
  [[nodiscard]] std::string run(const Work& work, WorkerState& state);

  [[nodiscard]] const LinesCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] LinesProcess& acquire(std::string_view state);
  void release(LinesProcess& process);

  const LinesTaskOptions options_;
  LinesCounters counters_;
  std::vector<std::unique_ptr<LinesProcess>> processes_;

  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<LinesProcess*> free_;  // guarded by mutex_
};

/// LinesWorkers as a task. They end with the last copy of the function.
[[nodiscard]] TaskFunction lines_task(LinesTaskOptions options);

}  // namespace steelyard
