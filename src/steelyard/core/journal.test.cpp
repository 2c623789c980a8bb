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

class Journalled : public testing::Test {
 protected:
  OneWorkerWorld world_{Options{.has_log = true}};
};

TEST_F(Journalled, job_is_acknowledged_when_it_is_on_disk_though_it_runs_before) {
  world_.submit({.count = 2, .journal = true});
  EXPECT_THAT(world_.said(), ElementsAre("append submitted s0#1..2", "assign s0#1 to w0"));
  world_.persist(1);
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.persist(2);
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 2, on disk through 2"));
}

TEST_F(Journalled, jobs_hold_up_the_acknowledgement_of_those_after_them) {
  world_.submit({.journal = true});
  world_.submit({});
  world_.hush();
  world_.persist(1);
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 1, on disk through 1",
                                         "acknowledge s0 through 2"));
}

TEST_F(Journalled, job_is_forgotten_when_its_requester_has_its_answer) {
  world_.submit({.journal = true});
  world_.finish({.worker = 0, .job = 1});
  world_.hush();
  world_.receive({.job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("forget result s0#1", "append forgotten s0#1"));
}

TEST_F(Journalled, job_notes_an_attempt_that_was_lost) {
  world_.submit({.journal = true});
  world_.hush();
  world_.leave(0);
  EXPECT_THAT(world_.said(), ElementsAre("append changed s0#1"));
}

TEST_F(Journalled, job_outlives_its_session_and_its_answer_is_told_when_it_is_on_disk) {
  world_.submit({.journal = true});
  world_.close(0);
  world_.open({.session = 1});
  world_.hush();
  world_.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("forget payload s0#1", "append answered s0#1"));
  world_.ask({.job = 1, .by = 1});
  EXPECT_THAT(world_.said(), ElementsAre("answer s1 about 1: returning"));
  world_.persist(2);
  world_.hush();
  world_.ask({.job = 1, .by = 1});
  EXPECT_THAT(world_.said(), ElementsAre("answer s1 about 1: finished, result s0#1"));
}

TEST_F(Journalled, result_that_its_worker_keeps_is_fetched_when_its_session_goes) {
  world_.submit({.journal = true});
  world_.finish({.worker = 0, .job = 1, .delivered = true});
  world_.hush();
  world_.close(0);
  EXPECT_THAT(world_.said(), ElementsAre("fetch from w0"));
  world_.give({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), Contains("append answered s0#1"));
}

TEST_F(Journalled, jobs_stay_for_the_next_broker_when_this_one_stops) {
  world_.submit({.count = 2, .journal = true});
  world_.hush();
  world_.stop();
  world_.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1"));
  world_.receive({.job = 1});
  EXPECT_TRUE(world_.scheduler().at_rest());
  EXPECT_EQ(world_.counters().jobs.queued, 1u);
}

TEST_F(Journalled, jobs_are_refused_while_the_log_takes_nothing_and_others_are_not) {
  world_.fail_log(ErrorCode::JournalFull);
  world_.submit({.journal = true});
  EXPECT_THAT(world_.said(), ElementsAre("reject s0#1: journal_full, limit 0",
                                         "forget payload s0#1", "acknowledge s0 through 1"));
  world_.submit({});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 2", "assign s0#2 to w0"));
  world_.persist(0);
  world_.submit({.journal = true});
  EXPECT_THAT(world_.said(), Contains("append submitted s0#3"));
}

TEST_F(Journalled, jobs_that_wait_unwritten_are_taken_back_when_the_log_fails) {
  world_.submit({.count = 4, .journal = true});
  world_.hush();
  world_.fail_log(ErrorCode::JournalFull);
  EXPECT_THAT(world_.said(),
              ElementsAre("forget payload s0#2", "append forgotten s0#2", "forget payload s0#3",
                          "append forgotten s0#3", "forget payload s0#4", "append forgotten s0#4",
                          "reject s0#2..4: journal_full, limit 0"));
  EXPECT_EQ(world_.counters().jobs.accepted, 1u);
}

TEST(WithoutALog, jobs_that_ask_for_it_are_refused) {
  OneWorkerWorld world;
  world.submit({.journal = true});
  EXPECT_THAT(world.said(), Contains("reject s0#1: not_journalled, limit 0"));
}

class Restored : public testing::Test {
 protected:
  Restored() : world_(Options{.has_log = true}) { world_.restore_session(0); }

  World world_;
};

TEST_F(Restored, job_runs_as_a_new_attempt_in_its_old_order) {
  world_.restore({.job = {.first = 5, .journal = true}, .attempt = 1});
  world_.restore({.job = {.first = 6, .journal = true}});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.join({.worker = 0, .slots = 2});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#5 to w0, attempt 2", "assign s0#6 to w0"));
}

TEST_F(Restored, job_that_is_handed_in_again_is_recognised_and_others_are_new) {
  world_.restore({.job = {.first = 5, .journal = true}});
  world_.open({.session = 0});
  world_.submit({.first = 4, .count = 3, .journal = true});
  EXPECT_THAT(world_.said(),
              ElementsAre("forget payload s0#5", "append submitted s0#4", "append submitted s0#6"));
  EXPECT_EQ(world_.counters().jobs.accepted, 3u);
}

TEST_F(Restored, answer_is_given_to_the_session_that_hands_its_job_in_again) {
  world_.restore({.job = {.first = 5, .journal = true}, .as = core::Restored::Answered});
  world_.open({.session = 0});
  world_.submit({.first = 5, .journal = true});
  EXPECT_THAT(world_.said(), ElementsAre("deliver s0#5: result s0#5", "forget payload s0#5",
                                         "acknowledge s0 through 5"));
}

TEST_F(Restored, answer_is_told_and_forgotten_in_its_time) {
  world_.restore({.job = {.first = 5, .journal = true}, .as = core::Restored::Answered});
  world_.open({.session = 1});
  world_.ask({.job = 5, .session = 0, .by = 1});
  EXPECT_THAT(world_.said(), ElementsAre("answer s1 about 5: finished, result s0#5"));
  world_.pass(seconds(61));
  EXPECT_THAT(world_.said(), Contains("append forgotten s0#5"));
}

TEST_F(Restored, answers_are_stored_until_the_client_comes_back_for_them) {
  world_.restore({.job = {.first = 5, .journal = true}});
  world_.join({.worker = 0});
  world_.hush();
  world_.finish({.worker = 0, .job = 5});
  EXPECT_THAT(world_.said(), ElementsAre("forget payload s0#5", "append answered s0#5"));
  world_.open({.session = 0});
  world_.submit({.first = 5, .journal = true});
  EXPECT_THAT(world_.said(), ElementsAre("deliver s0#5: result s0#5", "forget payload s0#5",
                                         "acknowledge s0 through 5"));
}

TEST_F(Restored, job_in_quarantine_stays_there) {
  world_.restore({.job = {.first = 5, .journal = true}, .as = core::Restored::Quarantined});
  world_.join({.worker = 0});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.open({.session = 1});
  world_.decide({.job = 5, .session = 0, .by = 1}, true);
  EXPECT_THAT(world_.said(), Contains("assign s0#5 to w0"));
}

TEST_F(Restored, delayed_job_waits_for_its_time) {
  world_.restore({.job = {.first = 5, .delay = seconds(2), .journal = true}});
  world_.join({.worker = 0});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.pass(seconds(2));
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#5 to w0"));
}

TEST_F(Restored, session_that_nobody_comes_back_to_is_closed_and_its_jobs_go_on) {
  world_.restore({.job = {.first = 5, .journal = true}});
  world_.pass(seconds(60));
  EXPECT_FALSE(world_.scheduler().is_open(SessionId{0}));
  world_.join({.worker = 0});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#5 to w0"));
}

TEST(Key, is_for_one_job_and_names_it_to_others) {
  OneWorkerWorld world;
  world.submit({.key = 3, .fingerprint = 9, .keep = true});
  world.hush();
  world.submit({.key = 3, .fingerprint = 9, .keep = true});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#2: duplicate_key, limit 0, it is s0#1",
                                        "forget payload s0#2", "acknowledge s0 through 2"));
  world.submit({.key = 3, .fingerprint = 8, .keep = true});
  EXPECT_THAT(world.said(), Contains("reject s0#3: key_conflict, limit 0, it is s0#1"));
}

TEST(Key, is_free_when_nothing_of_its_job_is_kept) {
  OneWorkerWorld world({}, false);
  world.submit({.key = 3, .keep = true});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.pass(std::chrono::minutes(10));
  EXPECT_THAT(world.said(), Contains("forget key 3"));
  world.join({.worker = 1});
  world.submit({.key = 3, .keep = true});
  EXPECT_THAT(world.said(), Contains("assign s0#2 to w1"));
}

TEST(Key, of_a_job_that_was_refused_is_free_at_once) {
  OneWorkerWorld world({.max_queued_jobs = 0});
  world.submit({.key = 3, .keep = true});
  EXPECT_THAT(world.said(), Contains("forget key 3"));
}

}  // namespace
}  // namespace steelyard::core
