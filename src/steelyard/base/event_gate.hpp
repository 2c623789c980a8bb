#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "steelyard/base/time.hpp"

namespace steelyard {

/// Lets through so many events of one kind in a while and counts the others, so that what happens
/// ten thousand times a second can be told without telling it ten thousand times.
///
/// Thread safety: none. Time: logical; never reads a clock. Cost: O(1).
class EventGate {
 public:
  static constexpr std::uint32_t kMaxEvents = 20;
  static constexpr Duration kPeriod = std::chrono::seconds(10);

  /// Whether an event that happens now is to be told. A period begins with its first event.
  [[nodiscard]] bool lets_through(TimePoint now) {
    if (!began_ || now - *began_ >= kPeriod) {
      over_ += std::exchange(left_out_, 0);
      began_ = now;
      told_ = 0;
    }
    if (told_ < kMaxEvents) {
      ++told_;
      return true;
    }
    ++left_out_;
    return false;
  }

  /// How many were not told, once the period in which they happened is over; 0: none, or not yet.
  [[nodiscard]] std::uint64_t take_left_out(TimePoint now) {
    if (began_ && now - *began_ >= kPeriod) over_ += std::exchange(left_out_, 0);
    return std::exchange(over_, 0);
  }

 private:
  std::optional<TimePoint> began_;
  std::uint32_t told_ = 0;
  std::uint64_t left_out_ = 0;  // in this period
  std::uint64_t over_ = 0;      // in former ones, and not told yet
};

}  // namespace steelyard
