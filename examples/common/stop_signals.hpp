#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace example {

/// Turns Ctrl+C (SIGINT), SIGTERM and SIGHUP into stop tokens.
///
/// Must be made before any other thread: it blocks the signals, and threads inherit that. Callbacks
/// on the tokens run on a thread of its own, not in a signal handler, so that they may do anything.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Stopped by the first signal: finish what is in hand, then end.
  [[nodiscard]] std::stop_token first() const { return first_.get_token(); }
  /// Stopped by the second signal: end at once.
  [[nodiscard]] std::stop_token second() const { return second_.get_token(); }

 private:
  void listen();

  std::stop_source first_;
  std::stop_source second_;
  std::atomic<bool> ending_ = false;
  sigset_t signals_{};
  std::jthread thread_;
};

}  // namespace example
