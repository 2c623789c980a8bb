#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Jobs that outlive their session, answers that are kept, and sessions that end by themselves.
namespace steelyard::core {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Session 0 has handed in job 1 to be kept and is gone; session 1 asks about it.
class KeptJob : public testing::Test {
 protected:
  KeptJob() {
    world_.open({.session = 0});
    world_.open({.session = 1, .receipts = false});
    world_.submit({.count = 1, .keep = true});
    world_.close(0);
    world_.hush();
  }
  std::vector<std::string> ask() {
    world_.ask({.job = 1, .session = 0, .by = 1});
    return world_.said();
  }
  World world_;
};

TEST_F(KeptJob, outlives_its_session) {
  EXPECT_THAT(ask(), ElementsAre("answer s1 about 1: queued"));
  world_.join({.worker = 0});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#1 to w0"));
  EXPECT_THAT(ask(), ElementsAre("answer s1 about 1: running"));
  world_.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("forget payload s0#1"));
  EXPECT_THAT(ask(), ElementsAre("answer s1 about 1: finished, result s0#1"));
  EXPECT_EQ(world_.counters().jobs.finished, 1u);
}

TEST_F(KeptJob, is_tried_again_when_its_worker_is_lost) {
  world_.join({.worker = 0});
  world_.leave(0);
  EXPECT_THAT(ask().back(), "answer s1 about 1: queued");
}

TEST_F(KeptJob, is_forgotten_ten_minutes_after_it_ended) {
  world_.join({.worker = 0});
  world_.finish({.worker = 0, .job = 1});
  world_.hush();
  world_.leave(0);
  world_.pass(minutes(10) - seconds(1));
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.pass(seconds(1));
  EXPECT_THAT(world_.said(), ElementsAre("forget result s0#1", "forget s0"));
  EXPECT_THAT(ask(), ElementsAre("answer s1 about 1: unknown"));
}

TEST_F(KeptJob, is_forgotten_a_minute_after_somebody_asked_last) {
  world_.join({.worker = 0});
  world_.finish({.worker = 0, .job = 1});
  world_.leave(0);
  for (int i = 0; i < 30; ++i) {
    world_.pass(seconds(59));
    EXPECT_THAT(ask().back(), "answer s1 about 1: finished, result s0#1");
  }
  world_.pass(seconds(60));
  EXPECT_THAT(world_.said(), ElementsAre("forget result s0#1", "forget s0"));
}

TEST_F(KeptJob, can_be_cancelled_and_is_remembered_for_two_minutes) {
  world_.cancel({.job = 1, .session = 0, .by = 1});
  EXPECT_THAT(world_.said(),
              ElementsAre("forget payload s0#1", "answer s1 to cancel 1: was queued, cancelled"));
  EXPECT_THAT(ask(), ElementsAre("answer s1 about 1: cancelled, cancelled"));
  world_.pass(minutes(2));
  EXPECT_THAT(world_.said(), ElementsAre("forget s0"));
}

TEST_F(KeptJob, that_fails_tells_why) {
  world_.join({.worker = 0});
  world_.fail({.worker = 0, .job = 1});
  world_.hush();
  EXPECT_THAT(ask(), ElementsAre("answer s1 about 1: failed, work_failed, text s0#1"));
}

TEST(StoredAnswer, stays_after_its_requester_has_it) {
  OneWorkerWorld world;
  world.submit({.count = 1, .keep = true});
  world.finish({.worker = 0, .job = 1});
  world.receive({.job = 1});
  world.hush();
  world.ask({.job = 1});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 about 1: finished, result s0#1"));
}

TEST(AnyJob, can_be_asked_about) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  for (const std::uint64_t job : {0u, 1u, 2u, 3u}) world.ask({.job = job});
  world.receive({.job = 1});
  world.ask({.job = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("answer s0 about 0: unknown", "answer s0 about 1: returning",
                          "answer s0 about 2: running", "answer s0 about 3: unknown",
                          "forget result s0#1", "answer s0 about 1: gone"));
}

TEST(AnyJob, of_another_principal_is_unknown) {
  OneWorkerWorld world;
  world.open({.session = 1, .principal = 7});
  world.submit({.count = 1});
  world.hush();
  world.ask({.job = 1, .session = 0, .by = 1});
  EXPECT_THAT(world.said(), ElementsAre("answer s1 about 1: unknown"));
}

TEST(EndingSession, takes_no_more_jobs_and_ends_with_the_last_one) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.end(0);
  world.hush();
  world.submit({.count = 1});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#2: session_ended, limit 0",
                                        "forget payload s0#2", "acknowledge s0 through 2"));
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.receive({.job = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget result s0#1", "end s0", "forget s0"));
}

TEST(EndingSession, without_jobs_ends_at_once) {
  OneWorkerWorld world;
  world.end(0);
  EXPECT_THAT(world.said(), ElementsAre("end s0", "forget s0"));
}

}  // namespace
}  // namespace steelyard::core
