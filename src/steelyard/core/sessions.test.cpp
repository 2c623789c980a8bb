#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Sessions that are resumed, closed or silent, and who may cancel what.
namespace steelyard::core {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Keeps the worker, which would otherwise be lost, while a session is silent.
void pass_with_beats(World& world, seconds duration) {
  for (seconds passed(0); passed < duration; passed += seconds(1)) {
    world.pass(seconds(1));
    world.beat_worker(0, {});
  }
}

TEST(Session, resumed_gets_every_answer_without_a_receipt_again) {
  OneWorkerWorld world;
  world.submit({.count = 3});
  world.finish({.worker = 0, .job = 1});
  world.finish({.worker = 0, .job = 2});
  world.receive({.job = 1});
  world.hush();
  world.open({.session = 0});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#2: result s0#2"));
  world.receive({.job = 2});
  EXPECT_THAT(world.said(), ElementsAre("forget result s0#2"));
  world.open({.session = 0});
  EXPECT_THAT(world.said(), IsEmpty());
}

TEST(Session, resumed_gets_its_answers_in_the_order_of_their_numbers) {
  World world;
  world.open({.session = 0});
  for (const std::uint64_t job : {3u, 70u, 200u, 9'000u, 9'001u, 123'456u}) {
    world.submit({.first = job});
    world.cancel({.job = job});
  }
  world.hush();
  world.open({.session = 0});
  EXPECT_THAT(
      world.said(),
      ElementsAre("deliver s0#3: cancelled, nothing", "deliver s0#70: cancelled, nothing",
                  "deliver s0#200: cancelled, nothing", "deliver s0#9000: cancelled, nothing",
                  "deliver s0#9001: cancelled, nothing", "deliver s0#123456: cancelled, nothing"));
}

TEST(Session, keeps_its_order_of_jobs_when_resumed) {
  OneWorkerWorld world({}, false);
  world.submit({.count = 2});
  world.open({.session = 0});
  world.submit({.first = 1, .count = 3});
  world.hush();
  world.finish({.worker = 0, .job = 1, .delivered = true});
  world.finish({.worker = 0, .job = 2, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "assign s0#2 to w0",
                                        "forget payload s0#2", "assign s0#3 to w0"));
}

TEST(Session, closed_cancels_what_is_queued_and_ends_when_the_last_job_does) {
  OneWorkerWorld world;
  world.submit({.count = 3});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.close(0);
  EXPECT_THAT(world.said(), ElementsAre("forget result s0#1", "ask w0 to stop it: unwanted",
                                        "forget payload s0#3"));
  EXPECT_FALSE(world.scheduler().is_open(SessionId{0}));
  EXPECT_EQ(world.scheduler().open_sessions(), 1u);
  world.finish({.worker = 0, .job = 2});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#2", "forget result s0#2", "forget s0"));
  EXPECT_EQ(world.scheduler().open_sessions(), 0u);
  EXPECT_EQ(world.counters().jobs.finished, 2u);
  EXPECT_EQ(world.counters().jobs.cancelled, 1u);
}

TEST(Session, closed_with_nothing_but_queued_jobs_ends_at_once) {
  World world;
  world.open({.session = 0});
  world.submit({.count = 2});
  world.hush();
  world.close(0);
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "forget payload s0#2", "forget s0"));
}

TEST(Session, closed_without_jobs_ends_at_once_and_its_number_begins_anew) {
  World world;
  world.open({.session = 0});
  world.submit({.first = 7, .count = 1});
  world.cancel({.job = 7});
  world.receive({.job = 7});
  world.hush();
  world.close(0);
  EXPECT_THAT(world.said(), ElementsAre("forget s0"));
  world.open({.session = 0});
  EXPECT_EQ(world.scheduler().watermark(SessionId{0}), 0u);
}

TEST(Session, closed_twice_is_closed_once) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.close(0);
  world.hush();
  world.close(0);
  EXPECT_THAT(world.said(), IsEmpty());
}

TEST(Session, closed_gets_no_other_attempt_of_a_lost_job) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.close(0);
  world.hush();
  world.leave(0);
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "forget s0"));
  EXPECT_EQ(world.counters().jobs.cancelled, 1u);
}

TEST(Session, silent_for_session_gone_after_is_closed) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.hush();
  pass_with_beats(world, seconds(59));
  EXPECT_TRUE(world.scheduler().is_open(SessionId{0}));
  pass_with_beats(world, seconds(1));
  EXPECT_FALSE(world.scheduler().is_open(SessionId{0}));
}

TEST(Session, is_kept_by_anything_heard_from_it) {
  World world;
  world.open({.session = 0});
  world.open({.session = 1});
  world.hush();
  world.pass(seconds(40));
  world.beat_session(0);
  world.cancel({.job = 1, .session = 1, .by = 1});
  world.pass(seconds(59));
  EXPECT_THAT(world.said(), ElementsAre("answer s1 to cancel 1: was unknown, unknown"));
  world.pass(seconds(1));
  EXPECT_THAT(world.said(), ElementsAre("forget s0", "forget s1"));
}

TEST(Session, without_receipts_is_part_of_the_program_and_never_silent) {
  World world;
  world.open({.session = 0, .receipts = false});
  EXPECT_EQ(world.scheduler().next_deadline(), std::nullopt);
  world.pass(std::chrono::hours(1));
  EXPECT_TRUE(world.scheduler().is_open(SessionId{0}));
}

TEST(Session, is_not_blamed_for_a_stalled_driver) {
  World world;
  world.open({.session = 0});
  world.stall(seconds(59));
  world.pass(seconds(59));
  EXPECT_TRUE(world.scheduler().is_open(SessionId{0}));
  world.pass(seconds(1));
  EXPECT_FALSE(world.scheduler().is_open(SessionId{0}));
}

TEST(Session, that_goes_together_with_a_worker_gets_no_other_attempt) {
  World world({.worker_lost_after = seconds(60)});
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({.count = 1});
  world.hush();
  world.wait(seconds(1));
  world.join({.worker = 1});
  world.pass(seconds(59));
  EXPECT_THAT(world.said(), ElementsAre("ask w0 to stop it: unwanted", "forget payload s0#1",
                                        "forget s0", "declare lost w0"));
}

TEST(Cancel, of_a_queued_job_answers_the_job_and_the_request) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.hush();
  world.cancel({.job = 2});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#2: cancelled, nothing", "forget payload s0#2",
                                        "answer s0 to cancel 2: was queued, cancelled"));
}

TEST(Cancel, of_an_answered_or_settled_job_comes_too_late) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.cancel({.job = 1});
  world.receive({.job = 1});
  world.cancel({.job = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("answer s0 to cancel 1: was returning, finished", "forget result s0#1",
                          "answer s0 to cancel 1: was gone, gone"));
}

TEST(Cancel, of_a_job_that_never_was_says_unknown) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  world.cancel({.job = 2});
  world.cancel({.job = 0});
  world.cancel({.job = 1, .session = 9});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 to cancel 2: was unknown, unknown",
                                        "answer s0 to cancel 0: was unknown, unknown",
                                        "answer s0 to cancel 1: was unknown, unknown"));
}

TEST(Cancel, reaches_other_sessions_of_the_same_principal_only) {
  World world;
  world.open({.session = 0, .principal = 5});
  world.open({.session = 1, .principal = 5});
  world.open({.session = 2, .principal = 6});
  world.submit({.session = 0});
  world.hush();
  world.cancel({.job = 1, .session = 0, .by = 2});
  world.cancel({.job = 1, .session = 0, .by = 1});
  EXPECT_THAT(world.said(), ElementsAre("answer s2 to cancel 1: was unknown, unknown",
                                        "deliver s0#1: cancelled, nothing", "forget payload s0#1",
                                        "answer s1 to cancel 1: was queued, cancelled"));
}

}  // namespace
}  // namespace steelyard::core
