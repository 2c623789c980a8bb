#include "cli/stop_count.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using std::chrono::milliseconds;

constexpr StopCount::Time kBegin{std::chrono::seconds(7)};

TEST(StopCount, the_same_signal_at_nearly_the_same_moment_is_one) {
  StopCount stops;
  EXPECT_EQ(stops.count(SIGTERM, kBegin), 1);
  EXPECT_EQ(stops.count(SIGTERM, kBegin + milliseconds(249)), 0);
  EXPECT_EQ(stops.count(SIGTERM, kBegin + milliseconds(250)), 2);
  EXPECT_EQ(stops.count(SIGTERM, kBegin + milliseconds(499)), 0);
  EXPECT_EQ(stops.count(SIGTERM, kBegin + milliseconds(500)), 3);
}

TEST(StopCount, another_signal_counts_at_once) {
  StopCount stops;
  EXPECT_EQ(stops.count(SIGINT, kBegin), 1);
  EXPECT_EQ(stops.count(SIGTERM, kBegin), 2);
}

}  // namespace
}  // namespace steelyard::cli
