#include "top/figures.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

TEST(Figures, times_take_at_most_six_places) {
  EXPECT_EQ(short_time(0), "0.0ms");
  EXPECT_EQ(short_time(0.0004), "0.4ms");
  EXPECT_EQ(short_time(0.012), "12ms");
  EXPECT_EQ(short_time(0.9996), "1.0s");
  EXPECT_EQ(short_time(99.96), "1m40s");
  EXPECT_EQ(short_time(3'599.6), "1h00m");
  EXPECT_EQ(short_time(11'100), "3h05m");
  EXPECT_EQ(short_time(99 * 86'400.0 + 23 * 3'600), "99d23h");
  EXPECT_EQ(short_time(kNothing), "-");
}

TEST(Figures, counts_and_rates_stay_short_however_large_they_are) {
  EXPECT_EQ(short_count(12'345), "12,345");
  EXPECT_EQ(short_count(99'999'999), "99,999,999");
  EXPECT_EQ(short_count(4'567'000'000), "4,567M");
  EXPECT_EQ(short_rate(0.01), "0");
  EXPECT_EQ(short_rate(12.49), "12.5");
  EXPECT_EQ(short_rate(1'204.4), "1,204");
  EXPECT_EQ(short_percent(0.424), "42%");
  EXPECT_EQ(short_count(kNothing) + short_rate(kNothing) + short_percent(kNothing), "---");
}

TEST(Figures, texts_are_cut_and_filled_by_code_points) {
  EXPECT_EQ(in_places("worker", 8, false), "worker  ");
  EXPECT_EQ(in_places("7", 3, true), "  7");
  EXPECT_EQ(in_places("a-long-name", 5, false), "a-lo…");
  EXPECT_EQ(in_places("gér…", 4, false), "gér…");
  EXPECT_EQ(in_places("abc", 0, false), "");
}

}  // namespace
}  // namespace steelyard::cli
