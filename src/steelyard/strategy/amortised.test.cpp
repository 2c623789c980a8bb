#include "steelyard/strategy/amortised.hpp"

#include <gtest/gtest.h>

#include "steelyard/strategy/tables.test.hpp"

/// Single decisions; what follows from them over time is in sim/promises.test.cpp.
namespace steelyard::strategy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLoad = seconds(5);
constexpr Duration kRun = milliseconds(10);

/// Loads that take 5 s and jobs that take 10 ms, a wait of 60 s at most.
struct World : Told<Amortised> {
  World() : Told(Amortised::Options{.max_wait_s = 60}) {
    for (std::uint32_t state = 0; state < 10; ++state) {
      estimates().learn_load(StateId{state}, PoolId{0}, kLoad);
      estimates().learn_run(QueueId{0}, StateId{state}, PoolId{0}, kRun);
    }
  }
  LaneId serves(WorkerId worker) { return served(strategy, *this, worker); }
  Reason why(WorkerId worker) { return reason(strategy, *this, worker); }
  void works(WorkerId worker, LaneId lane, Duration time) {
    strategy.measured(view(), {worker, lane, Duration::zero(), time});
  }
};

TEST(Amortised, stays_while_there_is_work_for_what_is_held) {
  World world;
  const WorkerId worker = world.join({.state = 1});
  world.waiting_lane({.state = 2});
  world.pass(seconds(40));
  const LaneId held = world.waiting_lane({.state = 1});
  EXPECT_EQ(world.serves(worker), held);
  EXPECT_EQ(world.why(worker), Reason::SameState);
}

TEST(Amortised, pays_for_the_last_load_before_it_leaves_for_a_job_that_would_wait_too_long) {
  World world;
  const WorkerId worker = world.join({.state = 1});
  const LaneId late = world.waiting_lane({.state = 2});
  world.pass(seconds(56));
  const LaneId held = world.waiting_lane({.state = 1});
  EXPECT_EQ(world.serves(worker), held);
  world.works(worker, held, 4 * kLoad);
  EXPECT_EQ(world.serves(worker), late);
  EXPECT_EQ(world.why(worker), Reason::Guard);
}

TEST(Amortised, loads_what_clears_its_waiting_fastest_when_it_holds_nothing) {
  World world;
  const WorkerId worker = world.join({});
  world.waiting_lane({.state = 1});
  const LaneId many = world.waiting_lane({.state = 2});
  for (int i = 0; i < 5; ++i) world.arrive(many);
  EXPECT_EQ(world.serves(worker), many);
  EXPECT_EQ(world.why(worker), Reason::Cleared);
}

TEST(Amortised, waits_for_the_holder_while_it_has_less_to_do_than_a_load_takes) {
  World world;
  const WorkerId holder = world.join({.state = 1});
  const WorkerId idle = world.join({});
  world.assign(holder);
  const LaneId lane = world.waiting_lane({.state = 1});
  EXPECT_EQ(world.strategy.place(world.view(), lane), std::nullopt);
  EXPECT_EQ(world.serves(idle), LaneId::none());
  for (int i = 0; i < 600; ++i) world.arrive(lane);
  EXPECT_EQ(world.strategy.place(world.view(), lane), idle);
  EXPECT_EQ(world.serves(idle), lane);
  EXPECT_EQ(world.why(idle), Reason::Replicated);
}

TEST(Amortised, does_not_leave_a_state_that_is_asked_for_before_the_waiting_is_worth_it) {
  World world;
  const WorkerId worker = world.join({.state = 1});
  const LaneId busy = world.lane({.state = 1});
  for (int i = 0; i < 300; ++i) {
    world.pass(milliseconds(100));
    world.arrive(busy);
    world.take(busy);
  }
  const LaneId rare = world.waiting_lane({.state = 2});
  const Choice choice = world.strategy.choose(world.view(), worker);
  const auto* stay = std::get_if<Stay>(&choice);
  ASSERT_NE(stay, nullptr);
  EXPECT_EQ(stay->why, Reason::Waiting);
  ASSERT_TRUE(stay->until.has_value());
  EXPECT_GT(*stay->until, world.now() + seconds(10));
  EXPECT_LE(*stay->until, world.now() + seconds(55));
  world.pass(*stay->until - world.now());
  EXPECT_EQ(world.serves(worker), rare);
}

TEST(Amortised, places_new_work_with_a_holder_then_with_one_that_gives_up_least) {
  World world;
  const WorkerId only = world.join({.state = 1});
  world.join({.state = 2});
  world.join({.state = 2});
  const WorkerId holder = world.join({.state = 3});
  const LaneId held = world.waiting_lane({.state = 3});
  EXPECT_EQ(world.strategy.place(world.view(), held), holder);
  const LaneId unheld = world.waiting_lane({.state = 4});
  EXPECT_EQ(world.strategy.place(world.view(), unheld), WorkerId{1});
  const WorkerId empty = world.join({});
  EXPECT_EQ(world.strategy.place(world.view(), unheld), empty);
  EXPECT_NE(world.strategy.place(world.view(), unheld), only);
}

TEST(Amortised, serves_the_higher_band_first_and_lets_the_lower_one_rise_with_age) {
  World world;
  const WorkerId worker = world.join({.state = 1});
  const LaneId low = world.waiting_lane({.state = 1, .priority = 0});
  const LaneId high = world.waiting_lane({.state = 1, .priority = 1});
  EXPECT_EQ(world.serves(worker), high);
  world.pass(seconds(60));
  world.take(high);
  world.arrive(high);
  EXPECT_EQ(world.serves(worker), low);
}

TEST(Amortised, serves_whoever_is_owed_most_first) {
  World world;
  const WorkerId worker = world.join({.state = 1});
  const LaneId flood = world.waiting_lane({.state = 1, .user = 1});
  world.arrive(flood);
  const LaneId other = world.waiting_lane({.state = 1, .user = 2});
  EXPECT_EQ(world.serves(worker), flood);
  world.take(flood);
  EXPECT_EQ(world.serves(worker), other);
}

TEST(Amortised, leaves_a_state_for_a_user_who_is_owed_more_than_the_budget) {
  World world;
  const WorkerId worker = world.join({.state = 1});
  const LaneId mine = world.waiting_lane({.state = 1, .user = 1});
  for (int i = 0; i < 40; ++i) world.arrive(mine);
  const LaneId theirs = world.waiting_lane({.state = 2, .user = 2});
  world.works(worker, mine, 4 * kLoad);
  for (int i = 0; i < 30; ++i) world.take(mine);
  EXPECT_EQ(world.serves(worker), mine);
  world.take(mine);
  EXPECT_EQ(world.serves(worker), theirs);
  EXPECT_EQ(world.why(worker), Reason::Owed);
}

TEST(Amortised, without_states_and_users_gives_the_oldest_job_to_the_least_loaded) {
  World world;
  const WorkerId first = world.join({.slots = 2});
  const WorkerId second = world.join({.slots = 2, .weight = 2});
  const LaneId old = world.waiting_lane({});
  const LaneId younger = world.waiting_lane({});
  EXPECT_EQ(world.serves(first), old);
  EXPECT_EQ(world.strategy.place(world.view(), younger), first);
  world.assign(first);
  EXPECT_EQ(world.strategy.place(world.view(), younger), second);
  world.assign(second);
  EXPECT_EQ(world.strategy.place(world.view(), younger), second);
}

}  // namespace
}  // namespace steelyard::strategy
