#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;

TEST(DelayedJob, waits_for_its_time_and_then_for_its_turn) {
  OneWorkerWorld world;
  world.submit({.delay = seconds(3)});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1"));
  EXPECT_EQ(world.counters().jobs.delayed, 1u);
  world.submit({});
  world.hush();
  world.pass(milliseconds(2999));
  world.beat_worker(0, {{0, 2}});
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(milliseconds(1));
  EXPECT_EQ(world.counters().jobs.queued, 1u);
  world.finish({.worker = 0, .job = 2});
  EXPECT_THAT(world.said(), testing::Contains("assign s0#1 to w0"));
}

TEST(DelayedJob, counts_its_waiting_from_its_time_on) {
  OneWorkerWorld world;
  world.submit({.delay = seconds(3)});
  world.pass(seconds(3));
  EXPECT_EQ(world.counters().time.waiting, seconds(0));
}

TEST(DelayedJob, comes_after_those_that_came_before_its_time) {
  World world;
  world.open({.session = 0});
  world.submit({.delay = seconds(1)});
  world.submit({.count = 2});
  world.pass(seconds(1));
  world.hush();
  world.join({.worker = 0, .slots = 3});
  EXPECT_THAT(world.said(),
              ElementsAre("assign s0#2 to w0", "assign s0#3 to w0", "assign s0#1 to w0"));
}

TEST(DelayedJob, counts_for_the_limits_of_what_may_wait) {
  OneWorkerWorld world({.max_queued_jobs = 1});
  world.submit({.delay = seconds(1)});
  world.hush();
  world.submit({});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#2: queue_full, limit 1", "forget payload s0#2",
                                        "acknowledge s0 through 2"));
}

TEST(DelayedJob, is_cancelled_with_its_session) {
  OneWorkerWorld world;
  world.submit({.delay = seconds(1)});
  world.hush();
  world.close(0);
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "forget s0"));
}

TEST(DelayedJob, is_returned_when_the_balancer_stops) {
  OneWorkerWorld world;
  world.submit({.delay = seconds(1)});
  world.hush();
  world.stop();
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: stopped, nothing", "forget payload s0#1"));
}

TEST(Deadline, expires_a_job_that_has_not_begun) {
  OneWorkerWorld world;
  world.submit({});
  world.submit({.start_by = TimePoint(seconds(2))});
  world.hush();
  world.pass(milliseconds(1999));
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(milliseconds(1));
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#2: expired, nothing", "forget payload s0#2"));
  world.receive({.job = 2});
  EXPECT_EQ(world.counters().jobs.expired, 1u);
}

TEST(Deadline, is_nothing_to_a_job_that_has_begun) {
  OneWorkerWorld world;
  world.submit({.start_by = TimePoint(seconds(2))});
  world.hush();
  world.pass(seconds(3));
  world.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1"));
}

TEST(Deadline, is_looked_at_before_the_job_is_assigned_though_no_timer_rang) {
  OneWorkerWorld world;
  world.submit({});
  world.submit({.start_by = TimePoint(seconds(2))});
  world.submit({});
  world.hush();
  world.wait(seconds(3));
  world.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1",
                                        "deliver s0#2: expired, nothing", "forget payload s0#2",
                                        "assign s0#3 to w0"));
}

TEST(Deadline, that_has_passed_is_refused) {
  OneWorkerWorld world;
  world.pass(seconds(2));
  world.hush();
  world.submit({.start_by = TimePoint(seconds(2))});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#1: expired, limit 0", "forget payload s0#1",
                                        "acknowledge s0 through 1"));
}

TEST(Deadline, holds_for_another_attempt_too) {
  OneWorkerWorld world;
  world.submit({.start_by = TimePoint(seconds(2))});
  world.wait(seconds(3));
  world.hush();
  world.leave(0);
  world.pass(seconds(1));
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: expired, nothing", "forget payload s0#1"));
}

TEST(Retry, waits_longer_each_time_and_never_as_long_as_twice_the_rule) {
  OneWorkerWorld world({.max_attempts = 10, .retry_first = seconds(1), .retry_max = seconds(4)});
  world.submit({});
  const std::array<Duration, 4> rule{seconds(1), seconds(2), seconds(4), seconds(4)};
  for (const Duration longest : rule) {
    const TimePoint failed = world.now();
    world.fail({.worker = 0, .job = 1, .retry = true});
    EXPECT_EQ(world.counters().jobs.delayed, 1u);
    while (world.counters().jobs.running == 0) {
      world.pass(milliseconds(10));
      world.beat_worker(0, {});
    }
    EXPECT_THAT(world.now() - failed, AllOf(Ge(longest / 2), Le(longest + milliseconds(10))));
  }
}

TEST(Retry, after_the_first_lost_worker_does_not_wait) {
  OneWorkerWorld world;
  world.submit({});
  world.leave(0);
  world.hush();
  world.join({.worker = 0});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
  world.leave(0);
  EXPECT_EQ(world.counters().jobs.delayed, 1u);
}

TEST(Retry, of_two_jobs_that_failed_together_do_not_come_together) {
  World world({.retry_first = seconds(10)});
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.submit({.count = 2});
  world.fail({.worker = 0, .job = 1, .retry = true});
  world.fail({.worker = 0, .job = 2, .retry = true});
  int apart = 0;
  for (int i = 0; i < 10'000; ++i) {
    world.pass(milliseconds(1));
    if (i % 1'000 == 0) world.beat_worker(0, {});
    if (world.counters().jobs.running == 1) ++apart;
  }
  EXPECT_GT(apart, 1);
}

TEST(OldJob, that_waits_for_longer_than_anything_should_expires) {
  World world({.max_job_age = std::chrono::hours(1)});
  world.open({.session = 0, .receipts = false});
  world.submit({});
  world.hush();
  world.pass(std::chrono::hours(1));
  world.pass(std::chrono::minutes(1));
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: expired, nothing", "forget payload s0#1"));
}

/// A world whose jobs wait for ten seconds where nobody serves.
struct UnservedWorld : World {
  UnservedWorld() : World({.unserved_ttl = seconds(10)}) {
    open({.session = 0, .receipts = false});
  }
};

TEST(Unserved, jobs_fail_when_their_queue_has_had_no_worker_for_too_long) {
  UnservedWorld world;
  world.submit({});
  world.pass(seconds(5));
  world.submit({});
  world.hush();
  world.pass(seconds(4));
  EXPECT_THAT(world.said(), ElementsAre());
  world.pass(seconds(2));
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: no_such_task, nothing", "forget payload s0#1"));
}

TEST(Unserved, time_begins_anew_when_the_last_worker_leaves) {
  UnservedWorld world;
  world.join({.worker = 0});
  world.submit({});
  world.submit({});
  world.pass(seconds(4));
  world.beat_worker(0, {});
  world.pass(seconds(4));
  world.leave(0);
  world.hush();
  world.pass(seconds(9));
  EXPECT_THAT(world.said(), ElementsAre());
  world.pass(seconds(2));
  EXPECT_THAT(world.said(), testing::SizeIs(4));
}

TEST(Unserved, time_begins_anew_when_the_driver_was_stalled) {
  UnservedWorld world;
  world.submit({});
  world.pass(seconds(5));
  world.stall(seconds(20));
  world.hush();
  world.pass(seconds(9));
  EXPECT_THAT(world.said(), ElementsAre());
  world.pass(seconds(2));
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: no_such_task, nothing", "forget payload s0#1"));
}

TEST(Unserved, jobs_wait_on_while_anybody_serves_their_queue) {
  UnservedWorld world;
  world.join({.worker = 0, .slots = 1});
  world.submit({.count = 2});
  world.hush();
  for (int second = 0; second < 30; second += 3) {
    world.beat_worker(0, {{0, 1}});
    world.pass(seconds(3));
  }
  EXPECT_THAT(world.said(), ElementsAre());
}

TEST(Unserved, jobs_wait_for_ever_unless_told_otherwise) {
  World world;
  world.open({.session = 0, .receipts = false});
  world.submit({});
  world.hush();
  world.pass(std::chrono::hours(24));
  EXPECT_THAT(world.said(), ElementsAre());
}

}  // namespace
}  // namespace steelyard::core
