#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/task.hpp"
#include "worker/program_log.hpp"

namespace steelyard::cli {

/// What the jobs of a worker are done with: one of the three commands.
struct WorkCommand {
  std::string exec;     ///< a process per job
  std::string lines;    ///< processes that live on
  std::string builtin;  ///< a task of this program
  /// What processes have to end in when a job is to stop.
  std::chrono::milliseconds cancel_grace{5'000};
  bool preload = false;  ///< the processes that live on can load states ahead of jobs
};

/// How many states a worker with this command holds at once when nothing is said: one per process
/// that lives on; many for commands that keep nothing, so that they never wait for room.
[[nodiscard]] std::uint32_t usual_states(const WorkCommand& command, std::uint32_t slots);

/// Of how much there is at once.
struct WorkRoom {
  std::uint32_t slots = 1;
  std::uint32_t states = 1;
};

/// The command as a task. What its program says goes to `log`, which has to outlive the task.
/// Errors: InvalidArgument, naming the flag, also when there is no such program.
[[nodiscard]] Result<Task> make_task(const WorkCommand& command, const WorkRoom& room,
                                     const std::shared_ptr<ChildGuard>& guard, ProgramLog& log);

}  // namespace steelyard::cli
