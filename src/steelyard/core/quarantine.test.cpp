#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

namespace steelyard::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// A job whose worker dies twice, which is once too often.
class DeadlyJob : public testing::Test {
 protected:
  DeadlyJob() : world_({.retry_first = {}, .max_deaths = 2}) {
    world_.submit({});
    for (int i = 0; i < 2; ++i) world_.fail({.worker = 0, .job = 1, .died = true});
  }

  OneWorkerWorld world_;
};

TEST_F(DeadlyJob, goes_to_quarantine_and_its_requester_is_told) {
  EXPECT_THAT(world_.said(), Contains("deliver s0#1: quarantined, nothing"));
  world_.receive({.job = 1});
  EXPECT_EQ(world_.counters().jobs.quarantined, 1u);
  EXPECT_THAT(world_.evidence(),
              ElementsAre("note death of s0#1 on w0: died", "note death of s0#1 on w0: died",
                          "note failure of s0#1: quarantined"));
  EXPECT_THAT(world_.said(), IsEmpty()) << "its payload is kept";
}

TEST_F(DeadlyJob, is_given_to_nobody) {
  world_.receive({.job = 1});
  world_.hush();
  world_.join({.worker = 1});
  EXPECT_THAT(world_.said(), IsEmpty());
}

TEST_F(DeadlyJob, runs_again_when_it_is_released_and_its_answer_is_stored) {
  world_.receive({.job = 1});
  world_.hush();
  world_.decide({.job = 1}, true);
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 to decision 1: queued", "assign s0#1 to w0"));
  world_.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("forget payload s0#1"));
  world_.ask({.job = 1});
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 about 1: finished, result s0#1"));
}

TEST_F(DeadlyJob, is_forgotten_when_it_is_dropped) {
  world_.receive({.job = 1});
  world_.hush();
  world_.decide({.job = 1}, false);
  EXPECT_THAT(world_.said(),
              ElementsAre("forget payload s0#1", "answer s0 to decision 1: cancelled"));
  EXPECT_THAT(world_.evidence(), Contains("forget deaths of s0#1"));
  EXPECT_EQ(world_.counters().jobs.cancelled, 1u);
}

TEST_F(DeadlyJob, is_decided_about_once) {
  world_.receive({.job = 1});
  world_.decide({.job = 1}, false);
  world_.hush();
  world_.decide({.job = 1}, true);
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 to decision 1: unknown"));
}

TEST_F(DeadlyJob, outlives_its_session) {
  world_.close(0);
  world_.open({.session = 1});
  world_.hush();
  world_.decide({.job = 1, .session = 0, .by = 1}, false);
  EXPECT_THAT(world_.said(), ElementsAre("forget payload s0#1", "forget s0",
                                         "answer s1 to decision 1: cancelled"));
}

TEST(Quarantine, drops_the_oldest_beyond_its_limit) {
  OneWorkerWorld world({.max_deaths = 1, .max_quarantined_jobs = 1});
  world.submit({.count = 2});
  for (const std::uint64_t job : {1U, 2U}) {
    world.fail({.worker = 0, .job = job, .died = true});
    world.receive({.job = job});
  }
  EXPECT_EQ(world.counters().jobs.quarantined, 1u);
  EXPECT_EQ(world.scheduler().troubles().dropped_from_quarantine, 1u);
  world.hush();
  world.ask({.job = 1});
  world.ask({.job = 2});
  EXPECT_THAT(world.said(), ElementsAre("answer s0 about 1: gone",
                                        "answer s0 about 2: quarantined, quarantined"));
}

TEST(Quarantine, is_not_for_jobs_that_had_not_begun) {
  World world({.max_unstarted_work = std::chrono::seconds(1), .max_deaths = 1});
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({});
  world.finish({.worker = 0, .job = 1, .run_time = std::chrono::milliseconds(1)});
  world.submit({.count = 2});
  world.hush();
  world.leave(0);
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#2: quarantined, nothing"));
  EXPECT_EQ(world.counters().jobs.queued, 1u);
}

}  // namespace
}  // namespace steelyard::core
