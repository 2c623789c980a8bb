#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/monitor/explain/house.test.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

/// One worker does a job of each of so many states in turn, for a minute: each is loaded for 2 s
/// and runs for 0.5 s.
std::optional<std::string> warning(const std::string& strategy, int states,
                                   std::uint32_t max_states = 1) {
  House house(strategy);
  house.join({.max_states = max_states});
  for (int turn = 0; turn < 24; ++turn) {
    const std::uint64_t job = house.submit({.state = "s" + std::to_string(turn % states)});
    house.wait(milliseconds(2'500));
    house.finish(job, {.run_time = milliseconds(500), .load_time = seconds(2)});
  }
  return unstable_grouping(house.sources());
}

// Jobs run a fifth of the time: T must be at least (states - 1) * 2 s / 0.8.
TEST(Grouping, is_warned_of_when_states_are_left_too_early_to_keep_up) {
  const auto said = warning("groups-by-state:switch_penalty_s=7", 4);
  ASSERT_TRUE(said);
  EXPECT_EQ(*said,
            "strategy 'groups-by-state:switch_penalty_s=7' leaves states too early: 4 states are "
            "asked for, a load takes 2.0 s and jobs run 20 % of the time, so that the workers load "
            "more than they work and fall behind; set switch_penalty_s to at least 8, or use "
            "--strategy amortised");
  EXPECT_FALSE(warning("groups-by-state:switch_penalty_s=8", 4));
}

TEST(Grouping, is_looked_at_with_the_default_and_in_the_exclusive_variant) {
  EXPECT_TRUE(warning("groups-by-state", 6));
  EXPECT_FALSE(warning("groups-by-state", 4));
  EXPECT_TRUE(warning("groups-by-state-exclusive:switch_penalty_s=3", 4));
}

TEST(Grouping, is_no_matter_of_other_strategies_or_where_every_state_can_stay) {
  EXPECT_FALSE(warning("oldest", 6));
  EXPECT_FALSE(warning("groups-by-state:switch_penalty_s=0", 4, 4));
}

TEST(Grouping, is_not_judged_before_much_was_seen) {
  House house("groups-by-state:switch_penalty_s=0");
  house.join({});
  for (int turn = 0; turn < 3; ++turn) {
    const std::uint64_t job = house.submit({.state = "s" + std::to_string(turn)});
    house.wait(seconds(2));
    house.finish(job, {.load_time = seconds(2)});
  }
  EXPECT_FALSE(unstable_grouping(house.sources()));
}

}  // namespace
}  // namespace steelyard::monitor
