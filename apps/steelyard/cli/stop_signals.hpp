#pragma once

#include <functional>
#include <mutex>
#include <thread>

#include "steelyard/runtime/task/file_descriptor.hpp"

namespace steelyard::cli {

/// Ctrl+C (SIGINT) and SIGTERM as calls: the first asks for a clean stop, the second for a stop at
/// once. A third ends the program on the spot, and so does the first one before `watch`. The same
/// signal again within 250 ms is none (StopCount).
///
/// Must be made before any other thread, because threads inherit what it blocks.
/// Thread safety: none. The calls come from a thread of its own.
class StopSignals {
 public:
  /// `with_hang_up`: SIGHUP becomes a call, too; otherwise it ends the program as ever.
  explicit StopSignals(bool with_hang_up = false);
  ~StopSignals() { end(); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  struct Calls {
    std::function<void()> first;
    std::function<void()> second;
    /// Instead of `first`, when that is SIGTERM; empty: there is no difference.
    std::function<void()> first_terminate{};
    std::function<void()> hang_up{};  ///< each SIGHUP, if they are taken
  };
  /// From now on signals become calls, until `end`.
  void watch(Calls calls);
  /// No more calls after this; signals are ignored, for a program that is about to end anyway.
  void end();

 private:
  void listen();
  [[nodiscard]] int wait_for_signal() const;
  void handle(int count, int signal);

  FileDescriptor signals_;
  FileDescriptor ended_;
  std::mutex mutex_;
  Calls calls_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace steelyard::cli
