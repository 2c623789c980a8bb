#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Leases that beats and greetings keep or lose.
namespace steelyard::core {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(WorkersLeases, are_kept_by_beats) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  for (int i = 0; i < 30; ++i) {
    world.pass(seconds(1));
    world.beat_worker(0, {{0, 1}});
  }
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().jobs.running, 1u);
}

TEST(WorkersLeases, expire_when_beats_do_not_list_them) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.submit({.count = 2});
  world.hush();
  for (int i = 0; i < 10; ++i) {
    world.pass(seconds(1));
    world.beat_worker(0, {{0, 2}});
  }
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
  EXPECT_EQ(world.counters().attempts.lost, 1u);
}

TEST(WorkersLeases, that_expire_leave_room_for_other_work) {
  World world({.max_attempts = 1});
  world.open({.session = 0});
  world.join({.worker = 0, .queues = {0, 1}});
  world.submit({.queue = 0});
  world.submit({.queue = 1});
  world.hush();
  for (int i = 0; i < 10; ++i) {
    world.pass(seconds(1));
    world.beat_worker(0, {});
  }
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: attempts_exhausted, nothing",
                                        "forget payload s0#1", "assign s0#2 to w0"));
}

TEST(WorkersLeases, are_kept_by_a_greeting_that_lists_them_and_lost_by_one_that_does_not) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 3});
  world.submit({.count = 4});
  world.hush();
  world.return_worker(0, {{0, 2}});
  EXPECT_THAT(world.said(),
              ElementsAre("assign s0#1 to w0, attempt 2", "assign s0#3 to w0, attempt 2"));
  world.finish({.worker = 0, .job = 2});
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#2: result s0#2", "forget payload s0#2", "assign s0#4 to w0"));
}

TEST(WorkersLeases, are_all_kept_by_a_greeting_that_lists_all) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.submit({.count = 3});
  world.hush();
  world.return_worker(0, {{0, 1}, {0, 2}});
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().attempts.lost, 0u);
}

TEST(WorkersLeases, lost_by_a_drained_worker_are_left_to_others) {
  OneWorkerWorld world;
  world.submit({});
  world.drain(0);
  world.join({.worker = 1});
  world.hush();
  world.return_worker(0, {});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w1, attempt 2", "dismiss w0"));
}

TEST(WorkersLeases, are_not_kept_by_anothers_beats) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0});
  world.join({.worker = 1, .queues = {9}});
  world.submit({});
  world.hush();
  for (int i = 0; i < 10; ++i) {
    world.pass(seconds(1));
    world.beat_worker(0, {});
    world.beat_worker(1, {{0, 1}});
  }
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST(WorkersLeases, that_expire_last_let_a_drained_worker_go) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.drain(0);
  world.hush();
  for (int i = 0; i < 10; ++i) {
    world.pass(seconds(1));
    if (world.scheduler().workers().joined(WorkerId{0})) world.beat_worker(0, {});
  }
  EXPECT_THAT(world.said(), ElementsAre("dismiss w0"));
}

}  // namespace
}  // namespace steelyard::core
