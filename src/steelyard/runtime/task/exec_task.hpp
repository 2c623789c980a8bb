#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/program_line.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

/// What `exec_task` runs, and within which limits.
struct ExecTaskOptions {
  CommandLine command{};                                 ///< `{state}` is filled per job
  std::shared_ptr<ChildGuard> guard{};                   ///< of this worker
  std::size_t max_result_bytes = std::size_t{64} << 20;  ///< of standard output
  std::chrono::milliseconds cancel_grace_ms{5'000};      ///< from SIGTERM to SIGKILL
  ProgramSaid said{};                                    ///< told each line of standard error
};

/// A task that runs one process per job: the payload is its standard input, its standard output
/// is the result.
///
/// A payload of several parts is its parts, joined by newlines. The process finds STEELYARD_JOB_ID,
/// STEELYARD_STATE, STEELYARD_ATTEMPT, STEELYARD_HOP and STEELYARD_USER in its environment. It need
/// not read its input. The job is over when the process ends; what it left behind in its process
/// group is killed then.
///
/// A job that is to stop has its process group end by SIGTERM and, `cancel_grace_ms` later, by
/// SIGKILL. Once SIGTERM was sent there is no result, however the process ends: nobody knows
/// whether it is whole. One that had ended before is done as always.
///
/// The function throws std::runtime_error for an exit status other than 0 (with the end of standard
/// error), a command that cannot be started, and a result over `max_result_bytes` (the process is
/// killed); WorkerDiedError for a signal; StoppedError for a job that was stopped; RetryableError
/// when `guard->kill_all()` ended it in mid-job.
/// It does not touch the WorkerState: a process per job keeps nothing.
/// Requires: a command with words and a guard (asserted).
/// Thread safety: the function may be called by any number of threads at once.
[[nodiscard]] TaskFunction exec_task(ExecTaskOptions options);

}  // namespace steelyard
