#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// What the simulation has found, each told as a conversation.
namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Cancel, of_a_job_that_its_worker_hands_back_is_answered) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.cancel({.job = 1});
  world.hush();
  world.hand_back({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 to cancel 1: was running, cancelled",
                                        "deliver s0#1: cancelled, nothing", "forget payload s0#1"));
}

TEST(Cancel, is_not_answered_to_a_session_that_has_ended) {
  OneWorkerWorld world;
  world.open({.session = 1});
  world.submit({.count = 1});
  world.cancel({.job = 1, .session = 0, .by = 1});
  world.end(1);
  world.hush();
  world.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: cancelled, nothing", "forget payload s0#1"));
}

TEST(Cancel, of_an_attempt_whose_result_was_lost_does_not_stop_the_next_one) {
  OneWorkerWorld world;
  world.submit({.count = 1, .time_limit = seconds(1)});
  world.cancel({.job = 1});
  world.finish({.worker = 0, .job = 1, .delivered = true});
  world.miss({.worker = 0, .job = 1});
  world.hush();
  world.pass(seconds(1));
  EXPECT_THAT(world.said(), ElementsAre("ask w0 to stop it: over its time limit"));
}

TEST(Quarantine, ignores_a_late_receipt_for_what_is_in_it) {
  OneWorkerWorld world({.max_deaths = 1});
  world.submit({.count = 1});
  world.leave(0);
  world.receive({.job = 1});
  world.hush();
  world.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().jobs.quarantined, 1u);
}

TEST(Quarantine, stores_the_result_of_a_released_job_although_its_session_was_answered) {
  OneWorkerWorld world({.max_deaths = 1});
  world.submit({.count = 1});
  world.leave(0);
  world.receive({.job = 1});
  world.join({.worker = 1});
  world.decide({.job = 1}, true);
  world.finish({.worker = 1, .job = 1});
  world.hush();
  world.ask({.job = 1});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 about 1: finished, result s0#1"));
}

TEST(Quarantine, releases_a_job_behind_those_that_wait) {
  OneWorkerWorld world({.max_deaths = 1});
  world.submit({.count = 2});
  world.leave(0);
  world.receive({.job = 1});
  world.wait(seconds(1));
  world.decide({.job = 1}, true);
  world.hush();
  world.join({.worker = 1, .slots = 2});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#2 to w1", "assign s0#1 to w1"));
}

TEST(Result, given_to_a_session_that_has_gone_is_fetched_and_stored) {
  OneWorkerWorld world({.has_log = true});
  world.submit({.count = 1, .journal = true});
  world.persist(1);
  world.close(0);
  world.hush();
  world.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("fetch from w0"));
  world.give({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("release at w0", "forget payload s0#1", "append answered s0#1"));
  EXPECT_EQ(world.scheduler().stored(), 1u);
}

TEST(Result, that_is_lost_expires_if_it_cannot_be_made_again_in_time) {
  OneWorkerWorld world;
  world.submit({.count = 1, .start_by = world.now() + seconds(1)});
  world.finish({.worker = 0, .job = 1, .delivered = true});
  world.leave(0);
  world.hush();
  world.pass(seconds(1));
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: expired, nothing", "forget payload s0#1"));
}

TEST(Delayed, jobs_of_one_submission_are_queued_in_their_order) {
  OneWorkerWorld world;
  world.submit({.count = 5, .delay = seconds(1)});
  world.leave(0);
  world.pass(seconds(1));
  world.hush();
  world.join({.worker = 1, .slots = 5});
  EXPECT_THAT(world.said(),
              ElementsAre("assign s0#1 to w1", "assign s0#2 to w1", "assign s0#3 to w1",
                          "assign s0#4 to w1", "assign s0#5 to w1"));
}

TEST(Key, of_a_submission_that_repeats_a_job_that_is_over_is_free) {
  OneWorkerWorld world({.result_ttl = seconds(5)});
  world.submit({.count = 1, .key = 7, .keep = true});
  world.finish({.worker = 0, .job = 1});
  world.receive({.job = 1});
  world.pass(seconds(5));
  world.hush();
  world.submit({.first = 1, .count = 1, .key = 7, .payload = false, .keep = true});
  EXPECT_THAT(world.said(), ElementsAre("forget key 7", "acknowledge s0 through 1"));
}

TEST(RestoredJob, gives_its_answer_to_each_who_hands_it_in_again) {
  World world({.has_log = true});
  world.restore_session(0);
  world.restore({.job = {.first = 1, .journal = true}, .as = Restored::Answered});
  world.open({.session = 0});
  world.submit({.first = 1, .payload = false, .journal = true});
  world.hush();
  world.submit({.first = 1, .payload = false, .journal = true});
  EXPECT_THAT(world.said(), testing::Contains(testing::StartsWith("deliver s0#1")));
}

TEST(RestoredJob, gives_its_answer_until_its_session_says_to_have_it) {
  World world({.has_log = true});
  world.restore_session(0);
  world.restore({.job = {.first = 1, .journal = true}, .as = Restored::Answered});
  world.open({.session = 0});
  world.submit({.first = 1, .payload = false, .journal = true});
  world.hush();
  world.open({.session = 0});
  EXPECT_THAT(world.said(), ElementsAre(testing::StartsWith("deliver s0#1")));
  world.receive({.job = 1});
  world.open({.session = 0});
  EXPECT_THAT(world.said(), IsEmpty());
}

TEST(RestoredJob, whose_last_attempt_was_on_its_way_gets_another) {
  World world({.max_attempts = 2, .has_log = true});
  world.restore_session(0);
  world.restore({.job = {.first = 1, .journal = true}, .attempt = 2});
  world.join({.worker = 0});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST(StopIgnored, by_a_worker_that_was_held_up_gives_its_other_slot_work) {
  World world({.max_attempts = 1, .stop_timeout = seconds(1)});
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.submit({.count = 2, .time_limit = seconds(1)});
  world.hand_back({.worker = 0, .job = 2});
  world.pass(seconds(1));
  world.hush();
  world.ignore_stop({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: over_time_limit, nothing",
                                        "forget payload s0#1", "assign s0#2 to w0"));
}

}  // namespace
}  // namespace steelyard::core
