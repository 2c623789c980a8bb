#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/task.hpp"
#include "steelyard/runtime/zmq/context.hpp"

namespace steelyard {

struct RemoteWorkerOptions {
  std::string endpoint = kDefaultEndpoint;
  std::string name{};                     ///< shown to people; empty: HOST-PROCESS
  std::uint32_t slots = 1;                ///< jobs run at once, 1 to 1024
  double weight = 1.0;                    ///< how powerful it is beside others, > 0
  std::int32_t priority_min = INT32_MIN;  ///< takes only jobs with a priority in
  std::int32_t priority_max = INT32_MAX;  ///< [priority_min, priority_max]
  std::vector<std::string> tags{};        ///< jobs may ask for workers that carry some; at most 64
  std::uint32_t max_states = 1;           ///< states held at once, 1 to 1024
  std::uint64_t state_memory_bytes = 0;   ///< for all of them; 0: not limited by size
  /// Where the machine's load is read once per beat, so that equal workers on idler machines are
  /// preferred; empty: it is not told.
  std::string machine_load_file = "/proc/stat";
  /// How long a job may go on after it was asked to stop, until the requester is told that it does
  /// not. Tasks that run processes end them by then, see their own options.
  std::chrono::milliseconds cancel_grace{5000};
  std::shared_ptr<Context> context{};  ///< needed for `inproc://`; empty: one of its own
};

/// Runs the jobs of one or more queues for a broker, with named tasks.
///
/// The broker may be started later, restarted or lost for a while; the worker greets it again.
/// Thread safety: `serve` before `run`; `stop`, `stop_now` and `stats` from any thread.
class Worker {
 public:
  explicit Worker(RemoteWorkerOptions options = {});
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `task` for the jobs of `queue`, and its `options.load` to load a state ahead of them.
  /// Requires: `run` was not called yet.
  /// Errors: InvalidName; InvalidArgument when the queue has a task already.
  [[nodiscard]] Result<void> serve(const std::string& queue, TaskFunction task,
                                   TaskOptions options = {});

  /// Serves until it is stopped: runs jobs on `slots` threads of its own, while the calling thread
  /// waits. Errors: InvalidArgument for options out of range or an endpoint that cannot be used,
  /// VersionMismatch and other refusals of the broker.
  [[nodiscard]] Result<void> run();

  /// Leaves: takes no more jobs, finishes what it has, then `run` returns.
  void stop();
  /// Leaves at once: the running functions are asked to stop, and `run` returns as soon as they
  /// do; their jobs, and those not started, go to other workers.
  void stop_now();

  struct Stats {
    std::uint64_t finished = 0;
    std::uint64_t forwarded = 0;  ///< to another stage
    std::uint64_t failed = 0;
    std::uint64_t stopped = 0;  ///< because they were asked to
    std::uint64_t loads = 0;    ///< states loaded
    std::uint64_t failed_loads = 0;
    std::string last_load_error{};  ///< of the last load ahead of any job that failed
    std::uint64_t reconnects = 0;   ///< welcomes after the first
    std::uint32_t running = 0;
    bool connected = false;
    bool leaving = false;  ///< it takes no more jobs: it was stopped or drained
  };
  [[nodiscard]] Stats stats() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace steelyard
