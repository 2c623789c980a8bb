#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/child_process.hpp"

namespace example {

/// Copies of this very program, run as workers. None outlives this process, also when that is
/// killed: the guard sees to it.
/// Thread safety: none, except that `kill_all` of the guard may be called from any thread.
class WorkerProcesses {
 public:
  explicit WorkerProcesses(std::shared_ptr<steelyard::ChildGuard> guard)
      : guard_(std::move(guard)) {}
  /// Kills those that run.
  ~WorkerProcesses() = default;
  WorkerProcesses(const WorkerProcesses&) = delete;
  WorkerProcesses& operator=(const WorkerProcesses&) = delete;

  /// Starts `count` processes of this program with `arguments`. Errors: SystemError.
  [[nodiscard]] steelyard::Result<void> start(std::size_t count,
                                              const std::vector<std::string>& arguments);

  /// The end of every process that has ended since the last call: "killed by signal 9 (SIGKILL)".
  [[nodiscard]] std::vector<std::string> collect_ended();
  [[nodiscard]] std::size_t running() const { return processes_.size(); }

  /// Asks each to finish what it has in hand and leave; kills those that are there after `grace`.
  void stop(std::chrono::milliseconds grace);

 private:
  std::shared_ptr<steelyard::ChildGuard> guard_;
  std::vector<std::unique_ptr<steelyard::ChildProcess>> processes_;
};

}  // namespace example
