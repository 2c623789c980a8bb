#include "measure/summary.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

TEST(Summary, a_spread_has_median_and_ends) {
  const Spread odd = spread_of({5, 1, 3});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 5);
  EXPECT_EQ(spread_of({4, 1, 2, 3}).median, 2.5);
}

TEST(Summary, ratios_are_taken_turn_by_turn) {
  // The machine is twice as slow in the second turn: the ratio of each turn is still 2.
  EXPECT_EQ(ratio_in_turns({200, 100, 200}, {100, 50, 100}), 2);
}

TEST(Summary, a_spread_is_readable) {
  EXPECT_EQ(readable(spread_of({1'234.4})), "1,234 (1,234 to 1,234)");
}

}  // namespace
}  // namespace steelyard::cli
