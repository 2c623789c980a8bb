#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/time.hpp"

namespace steelyard::sim {

/// How often which durations were seen, in bounded memory: each power of two is divided into 128
/// equal parts, so that a quantile is right to within 0.8 %; mean and maximum are exact.
///
/// After HdrHistogram. Cost: O(1) per value, O(buckets) per quantile. Thread safety: none.
class Histogram {
 public:
  /// Negative ones count as zero.
  void add(Duration value);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Duration max() const { return max_; }
  /// In seconds; 0 when nothing was added.
  [[nodiscard]] double mean_s() const;
  /// The smallest value that `share` of all values do not exceed (to within a bucket); zero when
  /// nothing was added.
  [[nodiscard]] Duration quantile(double share) const;

  /// A bucket that is not empty.
  struct Bucket {
    Duration up_to{};  ///< the largest value that falls into it
    std::uint64_t count = 0;
  };
  [[nodiscard]] std::vector<Bucket> buckets() const;

 private:
  static constexpr unsigned kPartBits = 7;
  [[nodiscard]] static std::size_t place(std::uint64_t value);
  [[nodiscard]] static std::uint64_t largest(std::size_t place);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;
  Duration max_{};
};

}  // namespace steelyard::sim
