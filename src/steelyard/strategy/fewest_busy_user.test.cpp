#include "steelyard/strategy/fewest_busy_user.hpp"

#include <gtest/gtest.h>

#include "steelyard/strategy/tables.test.hpp"

namespace steelyard::strategy {
namespace {

TEST(FewestBusyUser, serves_the_user_who_occupies_the_fewest_slots) {
  Told<FewestBusyUser> tables;
  const WorkerId worker = tables.join({});
  const LaneId first = tables.waiting_lane({.user = 1});
  const LaneId second = tables.waiting_lane({.user = 2});
  EXPECT_EQ(served(tables.strategy, tables, worker), first);
  tables.shares().began(TenantId{1});
  EXPECT_EQ(served(tables.strategy, tables, worker), second);
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::FewestBusy);
  tables.shares().began(TenantId{2});
  EXPECT_EQ(served(tables.strategy, tables, worker), first);
}

TEST(FewestBusyUser, takes_of_one_user_the_oldest_job_priority_counted_in) {
  Told<FewestBusyUser> tables;
  const WorkerId worker = tables.join({});
  const LaneId old = tables.waiting_lane({.user = 1});
  tables.pass(std::chrono::seconds(3));
  const LaneId urgent = tables.waiting_lane({.priority = 4, .user = 1});
  EXPECT_EQ(served(tables.strategy, tables, worker), urgent);
  tables.take(urgent);
  EXPECT_EQ(served(tables.strategy, tables, worker), old);
}

TEST(FewestBusyUser, skips_what_the_worker_may_not_serve) {
  Told<FewestBusyUser> tables;
  const WorkerId worker = tables.join({.pool = 0});
  tables.waiting_lane({.pools = 0b10, .user = 1});
  const LaneId allowed = tables.waiting_lane({.pools = 0b11, .user = 2});
  EXPECT_EQ(served(tables.strategy, tables, worker), allowed);
  tables.take(allowed);
  EXPECT_EQ(served(tables.strategy, tables, worker), LaneId::none());
}

}  // namespace
}  // namespace steelyard::strategy
