#include "steelyard/core/time_histogram.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace steelyard::core {
namespace {

using std::chrono::milliseconds;

TEST(TimeHistogram, counts_a_time_up_to_and_with_its_bound) {
  for (std::size_t i = 0; i < TimeHistogram::kBounds; ++i) {
    EXPECT_EQ(TimeHistogram::bucket(TimeHistogram::bound(i)), i);
    EXPECT_EQ(TimeHistogram::bucket(Duration(TimeHistogram::bound(i)) + Duration(1)), i + 1);
  }
}

TEST(TimeHistogram, has_room_for_any_time) {
  TimeHistogram times;
  times.add(Duration::max());
  times.add(Duration::min());
  times.add(Duration(0));
  times.add(Duration(1));
  EXPECT_EQ(times.counts().front(), 3u);
  EXPECT_EQ(times.counts().back(), 1u);
}

TEST(TimeHistogram, reaches_from_a_millisecond_to_more_than_an_hour) {
  EXPECT_EQ(TimeHistogram::bound(0), milliseconds(1));
  EXPECT_GT(TimeHistogram::bound(TimeHistogram::kBounds - 1), std::chrono::hours(1));
}

}  // namespace
}  // namespace steelyard::core
