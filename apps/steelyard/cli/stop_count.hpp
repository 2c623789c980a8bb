#pragma once

#include <chrono>
#include <optional>

namespace steelyard::cli {

/// Counts how often a program was asked to stop.
///
/// The same signal within 250 ms of the one that was counted last is that one told twice, as when
/// `timeout` tells a process and its group. Another signal counts at once.
class StopCount {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Which one it is, from 1; 0: an echo of the last one. Times do not go back.
  [[nodiscard]] int count(int signal, Time now) {
    if (last_ && last_->signal == signal && now - last_->when < kEcho) return 0;
    last_ = Last{signal, now};
    return ++count_;
  }

 private:
  static constexpr std::chrono::milliseconds kEcho{250};
  struct Last {
    int signal = 0;
    Time when;
  };
  std::optional<Last> last_;
  int count_ = 0;
};

}  // namespace steelyard::cli
