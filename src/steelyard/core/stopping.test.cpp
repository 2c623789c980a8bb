#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

namespace steelyard::core {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// Job 1 of session 0 runs on worker 0.
class RunningJob : public testing::Test {
 protected:
  explicit RunningJob(const World::Submission& submission = {}, const Options& options = {})
      : world_(options) {
    world_.submit(submission);
    world_.hush();
  }

  OneWorkerWorld world_;
};

TEST_F(RunningJob, is_asked_to_stop_and_the_cancel_is_answered_when_it_has) {
  world_.cancel({.job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("ask w0 to stop it: cancelled"));
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(),
              ElementsAre("answer s0 to cancel 1: was running, cancelled",
                          "deliver s0#1: cancelled, nothing", "forget payload s0#1"));
  EXPECT_EQ(world_.counters().attempts.stopped, 1u);
  world_.receive({.job = 1});
  EXPECT_EQ(world_.counters().jobs.cancelled, 1u);
}

TEST_F(RunningJob, that_finishes_although_it_was_to_stop_is_finished) {
  world_.cancel({.job = 1});
  world_.hush();
  world_.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 to cancel 1: was running, finished",
                                         "deliver s0#1: result s0#1", "forget payload s0#1"));
}

TEST_F(RunningJob, that_fails_when_it_was_to_stop_is_cancelled) {
  world_.cancel({.job = 1});
  world_.hush();
  world_.fail({.worker = 0, .job = 1, .retry = true});
  EXPECT_THAT(world_.said(),
              ElementsAre("forget text s0#1", "answer s0 to cancel 1: was running, cancelled",
                          "deliver s0#1: cancelled, nothing", "forget payload s0#1"));
}

TEST_F(RunningJob, whose_worker_is_lost_when_it_was_to_stop_is_cancelled) {
  world_.cancel({.job = 1});
  world_.hush();
  world_.leave(0);
  EXPECT_THAT(world_.said(),
              ElementsAre("answer s0 to cancel 1: was running, cancelled",
                          "deliver s0#1: cancelled, nothing", "forget payload s0#1"));
}

TEST_F(RunningJob, is_asked_to_stop_once_however_many_cancel_it) {
  world_.open({.session = 1});
  world_.hush();
  world_.cancel({.job = 1});
  world_.cancel({.job = 1, .by = 1});
  EXPECT_THAT(world_.said(), ElementsAre("ask w0 to stop it: cancelled"));
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), Contains("answer s1 to cancel 1: was running, cancelled"));
}

TEST_F(RunningJob, that_does_not_listen_goes_on_and_who_cancels_is_told) {
  world_.cancel({.job = 1});
  world_.hush();
  world_.ignore_stop({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 to cancel 1: was running, running"));
  EXPECT_EQ(world_.scheduler().troubles().ignored_stops, 1u);
  world_.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), Contains("deliver s0#1: result s0#1"));
}

TEST_F(RunningJob, whose_worker_says_nothing_to_a_stop_counts_as_not_listening) {
  world_.cancel({.job = 1});
  world_.hush();
  for (int i = 0; i < 30; ++i) {
    world_.pass(seconds(1));
    world_.beat_session(0);
    world_.beat_worker(0, {{0, 1}});
  }
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 to cancel 1: was running, running"));
}

TEST_F(RunningJob, is_asked_again_when_its_worker_greets_again) {
  world_.cancel({.job = 1});
  world_.hush();
  world_.return_worker(0, {{0, 1}});
  EXPECT_THAT(world_.said(), ElementsAre("ask w0 to stop it: cancelled"));
}

TEST_F(RunningJob, whose_session_has_gone_is_asked_to_stop) {
  world_.close(0);
  EXPECT_THAT(world_.said(), ElementsAre("ask w0 to stop it: unwanted"));
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("forget payload s0#1", "forget s0"));
}

TEST_F(RunningJob, of_an_aborted_session_is_cancelled_and_its_client_learns_it) {
  world_.submit({.count = 2});
  world_.hush();
  world_.abort(0);
  EXPECT_THAT(world_.said(),
              ElementsAre("ask w0 to stop it: cancelled", "deliver s0#2: cancelled, nothing",
                          "forget payload s0#2", "deliver s0#3: cancelled, nothing",
                          "forget payload s0#3"));
  world_.stopped({.worker = 0, .job = 1});
  world_.receive({.job = 1, .count = 3});
  EXPECT_THAT(world_.said(), Contains("end s0"));
}

TEST_F(RunningJob, tells_those_who_ask_how_far_it_is) {
  world_.progress({.worker = 0, .job = 1}, 40);
  AnswerJob answer;
  EXPECT_EQ(world_.scheduler().jobs()[world_.lease({0, 1}).slot].progress, 40);
  world_.progress({.worker = 0, .job = 1}, 200);
  EXPECT_EQ(world_.scheduler().jobs()[world_.lease({0, 1}).slot].progress, 100);
}

TEST_F(RunningJob, of_a_cancelling_session_that_goes_answers_nobody) {
  world_.open({.session = 1});
  world_.cancel({.job = 1, .by = 1});
  world_.close(1);
  world_.hush();
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), Not(Contains("answer s1 to cancel 1: was running, cancelled")));
}

class LimitedJob : public RunningJob {
 protected:
  LimitedJob() : RunningJob({.time_limit = seconds(2)}, {.max_attempts = 2, .retry_first = {}}) {}

  /// Beats go on; a second passes, `times` times.
  void pass(int times) {
    for (int i = 0; i < times; ++i) {
      world_.pass(seconds(1));
      world_.beat_session(0);
      world_.beat_worker(0, {{0, 1}});
    }
  }
};

TEST_F(LimitedJob, without_progress_is_stopped_and_tried_again) {
  pass(2);
  EXPECT_THAT(world_.said(), ElementsAre("ask w0 to stop it: over its time limit"));
  EXPECT_EQ(world_.scheduler().troubles().hung, 1u);
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST_F(LimitedJob, is_answered_when_the_last_attempt_has_hung) {
  pass(2);
  world_.stopped({.worker = 0, .job = 1});
  pass(2);
  world_.hush();
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(),
              ElementsAre("deliver s0#1: over_time_limit, nothing", "forget payload s0#1"));
}

TEST_F(LimitedJob, that_progresses_goes_on) {
  for (int i = 0; i < 5; ++i) {
    pass(1);
    world_.progress({.worker = 0, .job = 1}, 20);
  }
  EXPECT_THAT(world_.said(), IsEmpty());
}

TEST_F(LimitedJob, that_does_not_end_is_tried_elsewhere_and_its_slot_stays_taken) {
  pass(2);
  world_.hush();
  world_.ignore_stop({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), IsEmpty());
  const Lease overdue = world_.lease({0, 1});
  world_.join({.worker = 1});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w1, attempt 2"));
  world_.submit({});
  world_.hush();
  world_.finish({.worker = 0, .job = 1, .lease = overdue});
  EXPECT_THAT(world_.said(),
              ElementsAre("refuse stale w0", "assign s0#2 to w0", "forget result s0#1"));
  EXPECT_EQ(world_.scheduler().troubles().offences, 0u);
}

TEST_F(LimitedJob, that_was_given_up_frees_its_slot_when_its_worker_comes_back_without_it) {
  pass(2);
  world_.ignore_stop({.worker = 0, .job = 1});
  world_.hush();
  world_.return_worker(0, {});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w0, attempt 2"));
}

TEST_F(LimitedJob, that_is_cancelled_while_it_is_stopped_is_not_tried_again) {
  pass(2);
  world_.cancel({.job = 1});
  world_.hush();
  world_.stopped({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), Contains("deliver s0#1: cancelled, nothing"));
}

TEST(CancelMatching, counts_and_cancels_what_matches) {
  OneWorkerWorld world;
  world.submit({.user = 1});
  world.submit({.user = 1, .delay = seconds(1)});
  world.submit({.count = 2, .user = 1});
  world.submit({.user = 2});
  world.hush();
  world.cancel_matching({.user = 1, .dry_run = true});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 to cancel: 1 delayed, 2 queued, 1 running"));
  world.cancel_matching({.queue = 7});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 to cancel: 0 delayed, 0 queued, 0 running"));
  world.cancel_matching({.user = 1});
  EXPECT_THAT(world.said(), Contains("answer s0 to cancel: 1 delayed, 2 queued, 1 running"));
  EXPECT_EQ(world.counters().jobs.waiting(), 1u);
}

TEST(CancelMatching, leaves_other_principals_alone) {
  World world;
  world.open({.session = 0, .principal = 5});
  world.open({.session = 1, .principal = 6});
  world.submit({.session = 0});
  world.hush();
  world.cancel_matching({.by = 1});
  EXPECT_THAT(world.said(), ElementsAre("answer s1 to cancel: 0 delayed, 0 queued, 0 running"));
}

TEST(Offences, again_and_again_expel_a_worker) {
  OneWorkerWorld world({.max_offences_per_worker = 3});
  world.submit({});
  world.hush();
  for (int i = 0; i < 3; ++i) world.hand_back({.worker = 0, .job = 0, .lease = Lease{7, 7}});
  EXPECT_THAT(world.said(),
              ElementsAre("refuse stale w0", "refuse stale w0", "refuse stale w0", "expel w0"));
  EXPECT_FALSE(world.scheduler().workers().joined(WorkerId{0}));
  EXPECT_EQ(world.counters().jobs.queued, 1u);
}

TEST(Offences, are_none_when_the_scheduler_took_the_job_away) {
  OneWorkerWorld world({.max_offences_per_worker = 1});
  world.submit({});
  const Lease first = world.lease({0, 1});
  for (int i = 0; i < 6; ++i) {
    world.pass(seconds(1));
    world.beat_worker(0, {});
  }
  world.hush();
  world.finish({.worker = 0, .job = 1, .lease = first});
  EXPECT_THAT(world.said(), ElementsAre("refuse stale w0", "forget result s0#1"));
}

}  // namespace
}  // namespace steelyard::core
