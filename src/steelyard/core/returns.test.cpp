#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Results that go straight from the worker to the requester: kept until received, fetched if not.
namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// With two workers, and job 1 done by worker 0, which gives the result itself.
class KeptResult : public testing::Test {
 protected:
  KeptResult() {
    world_.open({.session = 0});
    world_.join({.worker = 0});
    world_.submit({.count = 1});
    world_.finish({.worker = 0, .job = 1, .delivered = true});
    world_.hush();
  }
  /// Time passes, and the worker beats.
  void pass(Duration time) {
    for (Duration passed{}; passed < time; passed += milliseconds(500)) {
      world_.pass(milliseconds(500));
      world_.beat_worker(0, {});
      world_.beat_session(0);
    }
  }
  World world_;
};

TEST_F(KeptResult, waits_for_its_receipt_and_is_then_released) {
  EXPECT_EQ(world_.counters().jobs.returning, 1u);
  world_.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world_.said(), ElementsAre("release at w0", "forget payload s0#1"));
  EXPECT_EQ(world_.counters().jobs.finished, 1u);
  EXPECT_EQ(world_.scheduler().returns(), (Returns{.direct = 1}));
}

TEST_F(KeptResult, makes_room_for_the_next_job_at_once) {
  world_.submit({.count = 1});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 2", "assign s0#2 to w0"));
}

TEST_F(KeptResult, is_fetched_when_no_receipt_comes) {
  pass(seconds(4));
  EXPECT_THAT(world_.said(), IsEmpty());
  pass(seconds(1));
  EXPECT_THAT(world_.said(), ElementsAre("fetch from w0"));
  world_.give({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(),
              ElementsAre("release at w0", "deliver s0#1: result s0#1", "forget payload s0#1"));
  world_.receive({.job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("forget result s0#1"));
  EXPECT_EQ(world_.scheduler().returns(), (Returns{.through_broker = 1, .fetched = 1}));
}

TEST_F(KeptResult, is_made_again_when_it_is_fetched_in_vain) {
  pass(seconds(5));
  world_.hush();
  pass(seconds(5));
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
  EXPECT_EQ(world_.scheduler().returns(), (Returns{.lost = 1}));
}

TEST_F(KeptResult, is_made_again_when_its_worker_does_not_have_it) {
  world_.miss({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST_F(KeptResult, is_made_again_when_its_worker_is_lost) {
  world_.join({.worker = 1});
  world_.leave(0);
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w1, attempt 2"));
}

TEST_F(KeptResult, is_made_again_when_its_worker_returns_without_it) {
  world_.return_worker(0, {{0, 1}});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.return_worker(0, {});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST_F(KeptResult, that_is_lost_for_ever_is_answered_as_failed) {
  for (std::uint16_t attempt = 1; attempt < 3; ++attempt) {
    world_.miss({.worker = 0, .job = 1});
    world_.finish({.worker = 0, .job = 1, .delivered = true});
  }
  world_.hush();
  world_.miss({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(),
              ElementsAre("deliver s0#1: attempts_exhausted, nothing", "forget payload s0#1"));
}

TEST_F(KeptResult, may_be_announced_again) {
  world_.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.receive({.job = 1, .attempt = 1});
  world_.hush();
  world_.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world_.said(), ElementsAre("refuse stale w0"));
}

TEST_F(KeptResult, is_given_time_when_its_worker_says_that_it_is_on_its_way) {
  pass(seconds(5));
  EXPECT_THAT(world_.said(), ElementsAre("fetch from w0"));
  world_.finish({.worker = 0, .job = 1, .delivered = true});
  pass(seconds(4));
  EXPECT_THAT(world_.said(), IsEmpty());
  pass(seconds(1));
  EXPECT_THAT(world_.said(), ElementsAre("fetch from w0"));
}

TEST_F(KeptResult, is_released_when_its_requester_is_gone) {
  world_.close(0);
  EXPECT_THAT(world_.said(), ElementsAre("release at w0", "forget payload s0#1", "forget s0"));
}

TEST_F(KeptResult, holds_a_drained_worker_until_it_is_received) {
  world_.drain(0);
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world_.said(), ElementsAre("release at w0", "forget payload s0#1", "dismiss w0"));
}

TEST_F(KeptResult, is_not_given_again_by_the_scheduler_to_a_resumed_session) {
  world_.open({.session = 0});
  EXPECT_THAT(world_.said(), IsEmpty());
}

TEST(EarlyReceipt, makes_the_notice_the_end_of_the_job) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  world.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world.said(), IsEmpty());
  world.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("release at w0", "forget payload s0#1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
}

TEST(EarlyReceipt, makes_a_lost_worker_no_reason_for_another_attempt) {
  OneWorkerWorld world({.max_attempts = 1});
  world.submit({.count = 1});
  world.receive({.job = 1, .attempt = 1});
  world.hush();
  world.leave(0);
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
  EXPECT_EQ(world.counters().attempts.lost, 1u);
}

TEST(LateReceipt, takes_the_job_from_the_queue) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.leave(0);
  world.hush();
  world.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
}

TEST(LateReceipt, stops_another_attempt) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({.count = 2});
  world.leave(0);
  world.join({.worker = 1});
  world.hush();
  world.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("stop it on w1", "forget payload s0#1", "assign s0#2 to w1"));
  EXPECT_EQ(world.counters().attempts.stopped, 1u);
}

TEST(Receipts, may_be_many_at_once) {
  OneWorkerWorld world;
  world.submit({.count = 3});
  for (const std::uint64_t job : {1u, 2u, 3u}) {
    world.finish({.worker = 0, .job = job, .delivered = true});
  }
  world.receive({.job = 1, .count = 3, .attempt = 1});
  EXPECT_EQ(world.counters().jobs.finished, 3u);
  world.receive({.job = 1, .count = 3, .attempt = 1});
  EXPECT_EQ(world.scheduler().unfounded_receipts(), 0u);
  world.receive({.job = 3, .count = 3, .attempt = 1});
  EXPECT_EQ(world.scheduler().unfounded_receipts(), 2u);
}

}  // namespace
}  // namespace steelyard::core
