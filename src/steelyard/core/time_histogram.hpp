#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "steelyard/base/time.hpp"

namespace steelyard::core {

/// How many of many times were how long: counts in buckets that each reach twice as far as the one
/// before, from 1 ms to 2^22 ms, which is 70 minutes, and beyond.
///
/// Doubling, because the bucket is then found with one division by a constant and one count of
/// leading zeros, and because any quantile read from it is at most twice the true one. All share
/// the same bounds, so that they can be added. Cost of `add`: some ten instructions.
class TimeHistogram {
 public:
  static constexpr std::size_t kBounds = 23;
  static constexpr std::size_t kBuckets = kBounds + 1;  ///< the last one has no bound
  using Counts = std::array<std::uint64_t, kBuckets>;

  /// The longest time that bucket `i` counts. Requires: i < kBounds.
  [[nodiscard]] static constexpr std::chrono::milliseconds bound(std::size_t i) {
    return std::chrono::milliseconds(std::int64_t{1} << i);
  }

  /// The bucket for a time; one that is less than nothing counts as none.
  [[nodiscard]] static constexpr std::size_t bucket(Duration time) {
    if (time.count() <= 0) return 0;
    const auto whole_ms = static_cast<std::uint64_t>(time.count() - 1) / 1'000'000;
    const auto i = static_cast<std::size_t>(std::bit_width(whole_ms));
    return i < kBounds ? i : kBounds;
  }

  void add(Duration time) { ++counts_[bucket(time)]; }
  void add(const TimeHistogram& others) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += others.counts_[i];
  }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  Counts counts_{};
};

}  // namespace steelyard::core
