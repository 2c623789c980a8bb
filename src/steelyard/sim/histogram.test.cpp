#include "steelyard/sim/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"

namespace steelyard::sim {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, without_values_says_zero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.99), Duration::zero());
  EXPECT_EQ(histogram.mean_s(), 0);
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, small_values_are_exact) {
  Histogram histogram;
  for (int i = 1; i <= 200; ++i) histogram.add(nanoseconds(i));
  EXPECT_EQ(histogram.quantile(0.5), nanoseconds(100));
  EXPECT_EQ(histogram.quantile(1), nanoseconds(200));
  EXPECT_EQ(histogram.buckets().size(), 200U);
}

TEST(Histogram, quantiles_are_right_to_within_a_bucket) {
  base::Random random(7);
  Histogram histogram;
  std::vector<Duration> values;
  for (int i = 0; i < 20'000; ++i) {
    values.emplace_back(nanoseconds(random.next() >> (1 + random.below(62))));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto place = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
    const auto exact = static_cast<double>(values[place].count());
    EXPECT_NEAR(static_cast<double>(histogram.quantile(share).count()), exact, exact * 0.008 + 1);
  }
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(Histogram, counts_a_negative_value_as_zero) {
  Histogram histogram;
  histogram.add(nanoseconds(-5));
  EXPECT_EQ(histogram.quantile(1), Duration::zero());
  EXPECT_EQ(histogram.count(), 1U);
}

}  // namespace
}  // namespace steelyard::sim
