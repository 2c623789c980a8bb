#include "steelyard/sim/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace steelyard::sim {

std::size_t Histogram::place(std::uint64_t value) {
  // Below 2^(bits + 1) each value has a place of its own.
  const unsigned width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > kPartBits + 1 ? width - kPartBits - 1 : 0;
  return (std::size_t{shift} << kPartBits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::largest(std::size_t place) {
  const std::size_t above = place >> kPartBits;
  const std::size_t shift = above > 0 ? above - 1 : 0;
  const std::uint64_t part = place - (shift << kPartBits);
  return ((part + 1) << shift) - 1;
}

void Histogram::add(Duration value) {
  value = std::max(value, Duration::zero());
  const std::size_t at = place(static_cast<std::uint64_t>(value.count()));
  if (at >= counts_.size()) counts_.resize(at + 1, 0);
  ++counts_[at];
  ++count_;
  sum_ns_ += static_cast<double>(value.count());
  max_ = std::max(max_, value);
}

double Histogram::mean_s() const {
  return count_ == 0 ? 0 : sum_ns_ / static_cast<double>(count_) / 1e9;
}

Duration Histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < counts_.size(); ++at) {
    seen += counts_[at];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      return std::min(max_, Duration(static_cast<Duration::rep>(largest(at))));
    }
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t at = 0; at < counts_.size(); ++at) {
    if (counts_[at] == 0) continue;
    const Duration up_to(static_cast<Duration::rep>(largest(at)));
    filled.push_back({std::min(max_, up_to), counts_[at]});
  }
  return filled;
}

}  // namespace steelyard::sim
