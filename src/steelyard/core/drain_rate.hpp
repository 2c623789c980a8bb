#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "steelyard/base/time.hpp"

namespace steelyard::core {

/// How fast jobs have left lately, to say when there will be room for more.
///
/// A moving mean over whole seconds, of which the last ten count for two thirds.
/// Cost: O(1), and no more than an addition within one second. Thread safety: none.
class DrainRate {
 public:
  /// A job no longer waits.
  void note(TimePoint now) {
    if (now - began_ >= kPeriod) fold(now);
    ++count_;
  }

  /// How long it takes until `jobs` more have left; `unknown` when none has lately.
  [[nodiscard]] Duration time_for(double jobs, Duration unknown) const {
    const double rate = std::max(per_s_, static_cast<double>(count_) / kMemory_s);
    if (rate <= 0) return unknown;
    constexpr double kLongest_s = 1e6;
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::min(jobs / rate, kLongest_s)));
  }

 private:
  static constexpr Duration kPeriod = std::chrono::seconds(1);
  static constexpr double kMemory_s = 10;

  void fold(TimePoint now) {
    const double passed_s = std::chrono::duration<double>(now - began_).count();
    const double keep = std::exp(-passed_s / kMemory_s);
    per_s_ = per_s_ * keep + static_cast<double>(count_) / passed_s * (1 - keep);
    count_ = 0;
    began_ = now;
  }

  TimePoint began_;
  std::uint64_t count_ = 0;  // since then
  double per_s_ = 0;
};

}  // namespace steelyard::core
