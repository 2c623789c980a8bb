#include "steelyard/strategy/groups_by_state_exclusive.hpp"

#include <gtest/gtest.h>

#include "steelyard/strategy/tables.test.hpp"

namespace steelyard::strategy {
namespace {

using std::chrono::seconds;

TEST(GroupsByStateExclusive, leaves_a_state_that_another_worker_holds_to_that_worker) {
  Told<GroupsByStateExclusive> tables{GroupsByStateExclusive::Options{}};
  const WorkerId worker = tables.join({});
  const WorkerId holder = tables.join({.state = 2});
  const LaneId lane = tables.waiting_lane({.state = 2});
  tables.pass(seconds(1'000));
  EXPECT_EQ(served(tables.strategy, tables, worker), LaneId::none());
  EXPECT_EQ(served(tables.strategy, tables, holder), lane);
  tables.hold(holder, StateId{3});
  EXPECT_EQ(served(tables.strategy, tables, worker), lane);
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::SwitchState);
}

TEST(GroupsByStateExclusive, switches_when_the_other_head_is_10_s_older) {
  Told<GroupsByStateExclusive> tables{GroupsByStateExclusive::Options{}};
  const WorkerId worker = tables.join({.state = 1});
  const LaneId other = tables.waiting_lane({.state = 2});
  tables.pass(seconds(9));
  const LaneId held = tables.waiting_lane({.state = 1});
  EXPECT_EQ(served(tables.strategy, tables, worker), held);
  tables.take(held);
  tables.pass(seconds(2));
  tables.arrive(held);
  EXPECT_EQ(served(tables.strategy, tables, worker), other);
}

}  // namespace
}  // namespace steelyard::strategy
