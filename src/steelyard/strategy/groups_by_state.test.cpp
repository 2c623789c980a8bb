#include "steelyard/strategy/groups_by_state.hpp"

#include <gtest/gtest.h>

#include "steelyard/strategy/tables.test.hpp"

namespace steelyard::strategy {
namespace {

using std::chrono::milliseconds;

TEST(GroupsByState, stays_with_the_held_state_while_the_other_head_is_10_s_older_at_most) {
  Told<GroupsByState> tables{GroupsByState::Options{}};
  const WorkerId worker = tables.join({.state = 1});
  const LaneId other = tables.waiting_lane({.state = 2});
  tables.pass(milliseconds(9'999));
  const LaneId held = tables.waiting_lane({.state = 1});
  EXPECT_EQ(served(tables.strategy, tables, worker), held);
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::SameState);
  tables.take(held);
  tables.pass(milliseconds(2));
  tables.arrive(held);
  EXPECT_EQ(served(tables.strategy, tables, worker), other);
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::SwitchState);
}

TEST(GroupsByState, adds_a_second_when_another_worker_holds_the_state) {
  Told<GroupsByState> tables{GroupsByState::Options{}};
  const WorkerId worker = tables.join({.state = 1});
  tables.join({.state = 2});
  tables.join({.state = 2});
  const LaneId other = tables.waiting_lane({.state = 2});
  tables.pass(milliseconds(10'999));
  const LaneId held = tables.waiting_lane({.state = 1});
  EXPECT_EQ(served(tables.strategy, tables, worker), held);
  tables.take(held);
  tables.pass(milliseconds(2));
  tables.arrive(held);
  EXPECT_EQ(served(tables.strategy, tables, worker), other);
}

TEST(GroupsByState, of_two_that_need_a_load_prefers_the_one_nobody_holds) {
  Told<GroupsByState> tables{GroupsByState::Options{}};
  const WorkerId worker = tables.join({});
  tables.join({.state = 2});
  const LaneId held = tables.waiting_lane({.state = 2});
  tables.pass(milliseconds(999));
  const LaneId unheld = tables.waiting_lane({.state = 3});
  EXPECT_EQ(served(tables.strategy, tables, worker), unheld);
  tables.take(unheld);
  tables.pass(milliseconds(2));
  tables.arrive(unheld);
  EXPECT_EQ(served(tables.strategy, tables, worker), held);
}

TEST(GroupsByState, adds_no_second_to_the_state_the_worker_itself_holds) {
  Told<GroupsByState> tables{GroupsByState::Options{.switch_penalty_s = 0}};
  const WorkerId worker = tables.join({.state = 1});
  tables.join({.state = 1});
  const LaneId held = tables.waiting_lane({.state = 1});
  tables.pass(milliseconds(1));
  tables.waiting_lane({.state = 2});
  EXPECT_EQ(served(tables.strategy, tables, worker), held);
}

TEST(GroupsByState, counts_priority_as_seconds_and_takes_its_penalties_as_given) {
  Told<GroupsByState> tables{GroupsByState::Options{2.0, 0.5}};
  const WorkerId worker = tables.join({.state = 1});
  const LaneId held = tables.waiting_lane({.state = 1});
  const LaneId two = tables.waiting_lane({.state = 2, .priority = 2});
  EXPECT_EQ(served(tables.strategy, tables, worker), held) << "equal values: the earlier one";
  const LaneId three = tables.waiting_lane({.state = 3, .priority = 3});
  EXPECT_EQ(served(tables.strategy, tables, worker), three);
  tables.take(three);
  tables.take(held);
  EXPECT_EQ(served(tables.strategy, tables, worker), two);
}

TEST(GroupsByState, is_at_home_everywhere_with_jobs_that_need_no_state) {
  Told<GroupsByState> tables{GroupsByState::Options{}};
  const WorkerId worker = tables.join({.state = 1});
  const LaneId stateless = tables.waiting_lane({});
  tables.waiting_lane({.state = 1});
  EXPECT_EQ(served(tables.strategy, tables, worker), stateless);
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::SameState);
}

}  // namespace
}  // namespace steelyard::strategy
