#include "steelyard/strategy/strategy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/strategy/least_loaded.hpp"
#include "steelyard/strategy/oldest.hpp"
#include "steelyard/strategy/round_robin.hpp"
#include "steelyard/strategy/tables.test.hpp"

namespace steelyard::strategy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::Optional;

TEST(Reason, has_a_name_for_each) {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    EXPECT_NE(to_string(static_cast<Reason>(i)), "unknown");
  }
}

TEST(Oldest, serves_the_lane_whose_head_arrived_first) {
  Told<Oldest> tables;
  const WorkerId worker = tables.join({});
  EXPECT_EQ(served(tables.strategy, tables, worker), LaneId::none());
  const LaneId first = tables.waiting_lane({.state = 1});
  tables.pass(seconds(1));
  const LaneId second = tables.waiting_lane({.state = 2});
  EXPECT_EQ(served(tables.strategy, tables, worker), first);
  tables.take(first);
  EXPECT_EQ(served(tables.strategy, tables, worker), second);
}

TEST(Oldest, counts_priority_as_seconds_of_age) {
  Told<Oldest> tables;
  const WorkerId worker = tables.join({});
  const LaneId plain = tables.waiting_lane({.priority = 0});
  tables.pass(milliseconds(2'999));
  const LaneId urgent = tables.waiting_lane({.priority = 3});
  EXPECT_EQ(served(tables.strategy, tables, worker), urgent);
  tables.take(urgent);
  tables.pass(milliseconds(1));
  tables.arrive(urgent);
  EXPECT_EQ(served(tables.strategy, tables, worker), plain);
}

TEST(Oldest, serves_only_what_the_worker_may_serve) {
  Told<Oldest> tables;
  const WorkerId first = tables.join({.pool = 0});
  const WorkerId second = tables.join({.pool = 63});
  const LaneId both = tables.waiting_lane({.pools = 1 | std::uint64_t{1} << 63});
  const LaneId last = tables.waiting_lane({.priority = 5, .pools = std::uint64_t{1} << 63});
  EXPECT_EQ(served(tables.strategy, tables, first), both);
  EXPECT_EQ(served(tables.strategy, tables, second), last);
}

TEST(Oldest, serves_a_job_that_was_given_back_before_later_ones) {
  Told<Oldest> tables;
  const WorkerId worker = tables.join({});
  const LaneId lane = tables.waiting_lane({});
  const Tables::Waiting first = tables.take(lane);
  tables.pass(seconds(1));
  const LaneId other = tables.waiting_lane({});
  tables.arrive(lane);
  EXPECT_EQ(served(tables.strategy, tables, worker), other);
  tables.give_back(lane, first);
  EXPECT_EQ(served(tables.strategy, tables, worker), lane);
}

TEST(Place, prefers_a_holder_then_an_empty_worker_then_the_first_with_room) {
  Told<Oldest> tables;
  const LaneId lane = tables.waiting_lane({.state = 4});
  const auto place = [&] { return tables.strategy.place(tables.view(), lane); };
  EXPECT_EQ(place(), std::nullopt);
  const WorkerId full = tables.join({.state = 4});
  tables.assign(full);
  const WorkerId barred = tables.join({.pool = 1, .state = 4});
  EXPECT_EQ(place(), std::nullopt);
  const WorkerId other = tables.join({.state = 5});
  tables.join({.state = 6});
  EXPECT_THAT(place(), Optional(other));
  const WorkerId empty = tables.join({});
  tables.join({});
  EXPECT_THAT(place(), Optional(empty));
  const WorkerId holder = tables.join({.state = 4});
  EXPECT_THAT(place(), Optional(holder));
  tables.finish(full);
  EXPECT_THAT(place(), Optional(full));
  tables.drain(full);
  EXPECT_THAT(place(), Optional(holder));
  EXPECT_NE(place(), barred);
}

TEST(Place, takes_an_empty_worker_for_jobs_without_a_state) {
  Told<Oldest> tables;
  const LaneId lane = tables.waiting_lane({});
  tables.join({.state = 5});
  const WorkerId empty = tables.join({});
  EXPECT_THAT(tables.strategy.place(tables.view(), lane), Optional(empty));
}

TEST(LeastLoaded, asks_the_worker_with_fewest_jobs_per_weight) {
  Told<LeastLoaded> tables;
  const LaneId lane = tables.waiting_lane({});
  const WorkerId light = tables.join({.slots = 9, .weight = 1});
  const WorkerId heavy = tables.join({.slots = 9, .weight = 2.5});
  std::vector<WorkerId> asked;
  for (int i = 0; i < 7; ++i) {
    asked.push_back(*tables.strategy.place(tables.view(), lane));
    tables.assign(asked.back());
  }
  EXPECT_THAT(asked, ElementsAre(light, heavy, heavy, heavy, light, heavy, heavy));
  tables.finish(light);
  EXPECT_THAT(tables.strategy.place(tables.view(), lane), Optional(light));
}

TEST(LeastLoaded, lets_equals_take_turns_whether_or_not_they_are_given_work) {
  Told<LeastLoaded> tables;
  const LaneId lane = tables.waiting_lane({});
  for (int i = 0; i < 3; ++i) tables.join({});
  std::vector<std::uint32_t> asked(5);
  for (std::uint32_t& worker : asked) worker = tables.strategy.place(tables.view(), lane)->value;
  EXPECT_THAT(asked, ElementsAre(0, 1, 2, 0, 1));
}

TEST(LeastLoaded, compares_the_workers_of_all_pools_that_may_serve_the_lane) {
  Told<LeastLoaded> tables;
  const LaneId lane = tables.waiting_lane({.pools = 0b110});
  tables.join({.pool = 0});
  const WorkerId busy = tables.join({.pool = 1, .slots = 2});
  const WorkerId idle = tables.join({.pool = 2});
  tables.assign(busy);
  EXPECT_THAT(tables.strategy.place(tables.view(), lane), Optional(idle));
  tables.assign(idle);
  EXPECT_THAT(tables.strategy.place(tables.view(), lane), Optional(busy));
  tables.assign(busy);
  EXPECT_EQ(tables.strategy.place(tables.view(), lane), std::nullopt);
}

TEST(LeastLoaded, forgets_a_worker_that_drains_or_leaves) {
  Told<LeastLoaded> tables;
  const LaneId lane = tables.waiting_lane({});
  const WorkerId first = tables.join({});
  const WorkerId second = tables.join({});
  tables.drain(first);
  EXPECT_THAT(tables.strategy.place(tables.view(), lane), Optional(second));
  tables.leave(second);
  EXPECT_EQ(tables.strategy.place(tables.view(), lane), std::nullopt);
  tables.join(second, {});
  EXPECT_THAT(tables.strategy.place(tables.view(), lane), Optional(second));
}

TEST(RoundRobin, asks_each_once_before_any_again_and_skips_those_without_room) {
  Told<RoundRobin> tables;
  const LaneId lane = tables.waiting_lane({});
  EXPECT_EQ(tables.strategy.place(tables.view(), lane), std::nullopt);
  for (int i = 0; i < 4; ++i) tables.join({.pool = i == 2 ? 1u : 0u, .slots = 2});
  std::vector<std::uint32_t> asked;
  for (int i = 0; i < 6; ++i) {
    asked.push_back(tables.strategy.place(tables.view(), lane)->value);
    tables.assign(WorkerId{asked.back()});
  }
  EXPECT_THAT(asked, ElementsAre(0, 1, 3, 0, 1, 3));
  EXPECT_EQ(tables.strategy.place(tables.view(), lane), std::nullopt);
}

}  // namespace
}  // namespace steelyard::strategy
