#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Workers that join, drain, leave or fall silent.
namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Worker, that_joins_gets_what_waits) {
  World world;
  world.open({.session = 0});
  world.submit({.count = 3});
  world.hush();
  world.join({.worker = 0, .slots = 2});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0", "assign s0#2 to w0"));
}

TEST(Worker, never_has_more_jobs_than_slots) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 3});
  world.submit({.count = 100});
  EXPECT_EQ(world.counters().jobs.running, 3u);
  world.finish({.worker = 0, .job = 2});
  EXPECT_EQ(world.counters().jobs.running, 3u);
}

TEST(Worker, gets_only_jobs_of_its_queues) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .queues = {2, 1, 2}, .slots = 9});
  world.submit({.queue = 0});
  world.submit({.queue = 1});
  world.submit({.queue = 2});
  world.submit({.queue = 3});
  EXPECT_EQ(world.counters().jobs.running, 2u);
  EXPECT_EQ(world.counters().jobs.queued, 2u);
}

TEST(Worker, gets_only_priorities_in_its_window) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .priority_min = -1, .priority_max = 1, .slots = 9});
  world.hush();
  for (const std::int32_t priority : {-2, -1, 1, 2}) world.submit({.priority = priority});
  EXPECT_THAT(world.said(),
              ElementsAre("acknowledge s0 through 1, nobody serves q0", "acknowledge s0 through 2",
                          "assign s0#2 to w0", "acknowledge s0 through 3", "assign s0#3 to w0",
                          "acknowledge s0 through 4, nobody serves q0"));
}

TEST(Worker, with_a_window_stays_free_for_urgent_work_however_old_the_rest_is) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .priority_min = 5});
  world.submit({.count = 9, .priority = 4});
  world.hush();
  world.wait(std::chrono::hours(1));
  world.submit({.priority = 5});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 10", "assign s0#10 to w0"));
}

TEST(Worker, beyond_the_limit_is_refused) {
  World world({.max_workers = 1});
  world.join({.worker = 0});
  world.join({.worker = 1});
  EXPECT_THAT(world.said(), ElementsAre("refuse w1: too_many_workers"));
  world.leave(0);
  world.join({.worker = 1});
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.scheduler().workers().joined_count(), 1u);
}

TEST(Worker, of_a_65th_profile_is_refused_until_a_profile_is_given_up) {
  World world;
  for (std::uint32_t i = 0; i < 64; ++i) world.join({.worker = i, .queues = {i}});
  EXPECT_THAT(world.said(), IsEmpty());
  world.join({.worker = 64, .queues = {64}});
  EXPECT_THAT(world.said(), ElementsAre("refuse w64: too_many_pools"));
  world.join({.worker = 64, .queues = {63}});
  EXPECT_THAT(world.said(), IsEmpty());
  world.leave(7);
  world.open({.session = 0});
  world.join({.worker = 65, .queues = {64}});
  world.submit({.queue = 64});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1", "assign s0#1 to w65"));
}

TEST(Worker, with_the_same_queues_in_another_order_is_of_the_same_pool) {
  World world;
  world.join({.worker = 0, .queues = {1, 2}});
  world.join({.worker = 1, .queues = {2, 1, 1}});
  const WorkerTable& workers = world.scheduler().workers();
  EXPECT_EQ(workers.info(WorkerId{0}).pool, workers.info(WorkerId{1}).pool);
}

TEST(Worker, that_leaves_returns_its_jobs_to_the_front_in_order) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 3});
  world.submit({.count = 5});
  world.hush();
  world.leave(0);
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().attempts.lost, 3u);
  world.join({.worker = 1, .slots = 5});
  EXPECT_THAT(
      world.said(),
      ElementsAre("assign s0#1 to w1, attempt 2", "assign s0#2 to w1, attempt 2",
                  "assign s0#3 to w1, attempt 2", "assign s0#4 to w1", "assign s0#5 to w1"));
}

TEST(Worker, silent_for_worker_lost_after_is_declared_lost) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  world.pass(milliseconds(4'999));
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(milliseconds(1));
  EXPECT_THAT(world.said(), ElementsAre("declare lost w0"));
  EXPECT_EQ(world.counters().jobs.queued, 1u);
  world.join({.worker = 0});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST(Worker, lost_gives_its_jobs_to_one_with_room_at_once) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.wait(seconds(1));
  world.join({.worker = 1});
  world.hush();
  world.pass(seconds(4));
  EXPECT_THAT(world.said(), ElementsAre("declare lost w0", "assign s0#1 to w1, attempt 2"));
}

TEST(Worker, lost_together_with_others_is_given_none_of_their_jobs) {
  World world({.max_attempts = 3});
  world.open({.session = 0});
  for (std::uint32_t i = 0; i < 4; ++i) world.join({.worker = i, .slots = 2});
  world.submit({.count = 4});
  world.hush();
  world.pass(seconds(5));
  EXPECT_THAT(world.said(), ElementsAre("declare lost w0", "declare lost w1", "declare lost w2",
                                        "declare lost w3"));
  EXPECT_EQ(world.counters().jobs.queued, 4u);
  EXPECT_EQ(world.counters().attempts.lost, 4u);
}

TEST(Worker, drained_gets_nothing_more_and_is_dismissed_when_it_has_nothing_left) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.hush();
  world.drain(0);
  world.drain(0);
  EXPECT_THAT(world.said(), IsEmpty());
  world.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1", "dismiss w0"));
  EXPECT_EQ(world.counters().jobs.queued, 1u);
}

TEST(Worker, drained_without_jobs_is_dismissed_at_once) {
  OneWorkerWorld world;
  world.drain(0);
  EXPECT_THAT(world.said(), ElementsAre("dismiss w0"));
  world.drain(0);
  EXPECT_THAT(world.said(), IsEmpty());
}

TEST(Worker, drained_hands_back_what_it_has_not_started) {
  World world;
  world.open({.session = 0, .receipts = false});
  world.join({.worker = 0, .slots = 2});
  world.submit({.count = 2});
  world.drain(0);
  world.hush();
  world.hand_back({.worker = 0, .job = 2});
  world.finish({.worker = 0, .job = 1, .delivered = true});
  world.join({.worker = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "dismiss w0", "assign s0#2 to w1"));
}

TEST(Worker, is_not_blamed_for_a_stalled_driver) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  world.stall(seconds(30));
  world.pass(milliseconds(4'999));
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(milliseconds(1));
  EXPECT_THAT(world.said(), ElementsAre("declare lost w0"));
}

TEST(Worker, that_has_gone_may_be_told_to_go) {
  OneWorkerWorld world;
  world.leave(0);
  world.leave(0);
  world.drain(0);
  EXPECT_THAT(world.said(), IsEmpty());
}

}  // namespace
}  // namespace steelyard::core
