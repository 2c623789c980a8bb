#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include <sys/types.h>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"

namespace steelyard {

/// The most children that one guard keeps an eye on at once.
inline constexpr std::size_t kMaxGuardedChildren = 4096;

/// Sees to it that child processes do not outlive this process, however it ends.
///
/// A small guard process holds one end of a socket; this process holds the other, and nobody else
/// does. Every child leads a session and process group of its own and tells the guard its number
/// before it executes anything. When this process is gone, also after `kill -9`, the guard reads
/// the end of the stream, kills all groups it knows and ends. The guard ignores the terminal's and
/// the service manager's signals and keeps no file of this process open.
///
/// Invariants:
/// 1. A child executes its program only after the guard has been told of it.
/// 2. A group is forgotten before its leader's process id can be used again (see `release`).
///
/// Limits: a descendant that starts a session of its own (setsid, a daemon) leaves the group and is
/// not found again. The program must not ignore SIGCHLD nor collect children it did not start.
/// Linux 5.9 or later.
/// Thread safety: all members may be called from any thread.
class ChildGuard {
 public:
  /// Starts the guard process. Best called early, while the program is small.
  /// Errors: SystemError when there is no socket or process to be had.
  [[nodiscard]] static Result<std::shared_ptr<ChildGuard>> start();

  /// Kills the children that are left, then ends the guard process.
  ~ChildGuard();
  ChildGuard(const ChildGuard&) = delete;
  ChildGuard& operator=(const ChildGuard&) = delete;

  /// Kills all children with their groups and refuses new ones from now on: for a worker that must
  /// stop at once. Calls that wait for a child end with an error; the children still have to be
  /// collected by whoever started them. Calling it again does nothing.
  void kill_all();

  /// Whether `kill_all` was called.
  [[nodiscard]] bool stopped() const;

  /// Waits until `deadline`, `kill_all` or `enough()`, whichever is first; returns `stopped()`.
  /// `enough` is asked again after each `wake`, under a lock: it must not use the guard.
  bool wait_stopped_until(std::chrono::steady_clock::time_point deadline,
                          const std::function<bool()>& enough = nullptr) const;
  /// Has those that wait look again.
  void wake() const;

  /// Forks a guarded child, which runs `child_main` with all signals blocked, in a session of its
  /// own. `child_main` must not return, and must use async-signal-safe calls only. A guard process
  /// that was killed is replaced first.
  /// Errors: Stopped after `kill_all`; SystemError when the limit kMaxGuardedChildren is reached or
  /// no process is to be had.
  [[nodiscard]] Result<pid_t> fork_child(const std::function<void()>& child_main);

  /// Ends the guarding of `child`, which has ended but has not been collected (waitpid) yet, and
  /// kills what it left behind in its group. Calling it after collecting would race with another
  /// process that got the same number.
  void release(pid_t child);

  /// The guard's process id, for diagnosis and tests.
  [[nodiscard]] pid_t process() const;

 private:
  ChildGuard() = default;
  Result<void> launch();
  Result<void> ensure_running();
  void tell(pid_t message) const noexcept;

  mutable std::mutex mutex_;
  mutable std::condition_variable stopped_changed_;
  // Guarded by mutex_.
  bool stopped_ = false;
  std::set<pid_t> children_;
  FileDescriptor socket_;
  pid_t guard_ = -1;
};

}  // namespace steelyard
