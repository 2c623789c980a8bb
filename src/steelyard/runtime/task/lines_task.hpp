#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/program_line.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

class LinesProcess;

/// What `lines_task` runs, and within which limits.
struct LinesTaskOptions {
  /// The words are taken as written: the state comes in the job's line, `{state}` is not filled.
  CommandLine command{};
  std::shared_ptr<ChildGuard> guard{};                 ///< of this worker
  std::size_t processes = 1;                           ///< the worker's slots; at least 1
  std::size_t states_per_process = 1;                  ///< held at once; above 1: see evict lines
  std::size_t max_line_bytes = std::size_t{64} << 20;  ///< of one line of an answer
  std::chrono::milliseconds restart_first_ms{100};     ///< between two starts, doubling
  std::chrono::milliseconds restart_max_ms{10'000};    ///< up to this
  std::chrono::milliseconds stop_grace_ms{2'000};      ///< from the end of input to the kill
  std::chrono::milliseconds cancel_grace_ms{5'000};    ///< from a cancel line to the kill
  ProgramSaid said{};  ///< told each line of standard error, also between jobs
};

/// What has happened in a lines task so far. Each is a running total.
struct LinesCounters {
  std::atomic<std::uint64_t> starts = 0;           ///< of processes, the first ones included
  std::atomic<std::uint64_t> replaced = 0;         ///< killed for a line that broke the contract
  std::atomic<std::uint64_t> killed = 0;           ///< for a job that did not stop when asked to
  std::atomic<std::uint64_t> unknown_answers = 0;  ///< for a job the process was not working on
};

/// Long-lived processes that speak JSON lines: a job per line on standard input, its answers on
/// standard output.
///
/// Each process works on one job at a time and keeps its states between jobs. It is started at its
/// first job and, when it has ended, at the next one after a back-off. A process that holds the
/// job's state is preferred, then the one that served it last, then one that has room for it.
///
/// A job may answer with `loaded_s` when it had to load its state, and with `load_failed` (true)
/// beside its `error` when it could not; `state_bytes` says how large the state is. A process that
/// holds several states is told which to let go of by lines `{"evict":STATE}`, which nothing
/// answers. Only `load` sends `{"load":STATE,"id":ID}`.
///
/// A job that is to stop is cancelled by `{"cancel":ID}`. The process may still answer as always,
/// or with `stopped` (true); what it answers counts. When it does not within `cancel_grace_ms` it
/// is killed, and what it held is gone. `progress` and `partial` go to the job's control; while
/// that has no credit for a partial result the process's output is not read, so that it has to
/// wait. Thread safety: all members may be called by any number of threads at once; `run` and
/// `load` wait while all processes are busy.
class LinesWorkers {
 public:
  /// Requires: a command with words, a guard, at least one process (asserted).
  explicit LinesWorkers(LinesTaskOptions options);
  /// Closes the processes' input, gives them `stop_grace_ms` to end, then kills them.
  /// Requires: no call is running (asserted).
  ~LinesWorkers();
  LinesWorkers(const LinesWorkers&) = delete;
  LinesWorkers& operator=(const LinesWorkers&) = delete;

  /// Has a process do the job and returns its result, or where it goes on.
  ///
  /// Throws std::runtime_error for an `error` answer, a command that cannot be started, a line that
  /// cannot be understood or is too long (both: the process is replaced). Throws WorkerDiedError
  /// for a process that ends in mid-job (with how it ended and the end of its standard error),
  /// StoppedError for a job that was stopped, and RetryableError for an `error` with `retry` and
  /// when `guard->kill_all()` ended it.
  ///
  /// `state` is told what the job loaded, or could not load, and, once a process has said that it
  /// loads, what all of them hold.
  [[nodiscard]] Answer run(const Work& work, WorkerState& state);

  /// Has a process load a state ahead of any job. Requires: the command understands load lines.
  /// Throws as `run`.
  void load(std::string_view name, WorkerState& state);

  /// Has the process that holds the state let go of it, before its next job.
  void evict(std::string_view name);

  [[nodiscard]] const LinesCounters& counters() const { return counters_; }

 private:
  struct Place {
    std::unique_ptr<LinesProcess> process;
    std::vector<std::string> held{};   ///< by the process, as of its last job
    std::vector<std::string> evict{};  ///< what it is to let go of when it is free
    bool is_free = true;
  };

  /// A process in use, given back at the end.
  class Use;
  [[nodiscard]] Place& acquire(std::string_view state, JobControl* control);
  void wait_for_free(std::unique_lock<std::mutex>& lock, JobControl* control);
  [[nodiscard]] Place& best_for(std::string_view state);
  void release(Place& place);
  [[nodiscard]] static int suitability(const Place& place, std::string_view state,
                                       std::size_t capacity);
  [[nodiscard]] std::optional<std::vector<std::string>> held() const;
  void listen(const std::stop_token& stop);

  const LinesTaskOptions options_;
  LinesCounters counters_;

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Place> places_;  // guarded by mutex_; a process in use belongs to its user
  bool tells_loads_ = false;   // guarded by mutex_
  std::condition_variable_any listened_;
  std::jthread listener_;  // last: it uses everything above
};

/// LinesWorkers as a task: its function and what it does with states. They end with its last copy.
/// `preloads`: the command understands load lines.
[[nodiscard]] Task lines_task(LinesTaskOptions options, bool preloads = false);

}  // namespace steelyard
