#include "steelyard/base/event_gate.hpp"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

using std::chrono::seconds;

TEST(EventGate, lets_a_few_events_through_and_counts_the_others) {
  EventGate gate;
  const TimePoint start{};
  for (std::uint32_t i = 0; i < EventGate::kMaxEvents; ++i) {
    EXPECT_TRUE(gate.lets_through(start));
  }
  EXPECT_FALSE(gate.lets_through(start + seconds(1)));
  EXPECT_FALSE(gate.lets_through(start + seconds(9)));
  EXPECT_EQ(gate.take_left_out(start + seconds(9)), 0U);
  EXPECT_EQ(gate.take_left_out(start + seconds(10)), 2U);
  EXPECT_EQ(gate.take_left_out(start + seconds(11)), 0U);
}

TEST(EventGate, opens_again_with_the_next_period_and_forgets_no_count) {
  EventGate gate;
  const TimePoint start{};
  for (int i = 0; i < 25; ++i) static_cast<void>(gate.lets_through(start));
  EXPECT_TRUE(gate.lets_through(start + seconds(10)));
  EXPECT_EQ(gate.take_left_out(start + seconds(11)), 5U);
}

}  // namespace
}  // namespace steelyard
