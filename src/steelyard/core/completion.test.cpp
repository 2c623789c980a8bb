#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// How attempts end: failed, retried, lost, handed back, or reported too late.
namespace steelyard::core {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

TEST(Attempt, that_fails_is_answered_with_its_text) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  world.fail({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: work_failed, text s0#1", "forget payload s0#1"));
  world.receive({.job = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget text s0#1"));
  EXPECT_EQ(world.counters().jobs.failed, 1u);
}

TEST(Attempt, worth_another_returns_to_the_front_and_forgets_its_text) {
  OneWorkerWorld world({.retry_first = {}});
  world.submit({.count = 2});
  world.hush();
  world.fail({.worker = 0, .job = 1, .retry = true});
  EXPECT_THAT(world.said(), ElementsAre("forget text s0#1", "assign s0#1 to w0, attempt 2"));
  EXPECT_EQ(world.counters().attempts.failed, 1u);
  EXPECT_EQ(world.counters().jobs.failed, 0u);
}

TEST(Attempt, worth_another_is_answered_with_its_text_when_it_was_the_last) {
  OneWorkerWorld world({.max_attempts = 2, .retry_first = {}});
  world.submit({.count = 1});
  world.fail({.worker = 0, .job = 1, .retry = true});
  world.hush();
  world.fail({.worker = 0, .job = 1, .retry = true});
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: attempts_exhausted, text s0#1", "forget payload s0#1"));
}

TEST(Attempt, lost_as_the_last_one_is_answered) {
  World world({.max_attempts = 2});
  world.open({.session = 0});
  world.submit({.count = 1});
  world.join({.worker = 0});
  world.leave(0);
  world.join({.worker = 1});
  world.hush();
  world.leave(1);
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: attempts_exhausted, nothing", "forget payload s0#1"));
  EXPECT_EQ(world.counters().attempts.lost, 2u);
  world.receive({.job = 1});
  EXPECT_EQ(world.counters().jobs.failed, 1u);
}

TEST(Attempt, handed_back_is_not_counted) {
  World world({.max_attempts = 1});
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.submit({.count = 3});
  world.hush();
  world.hand_back({.worker = 0, .job = 2});
  world.beat_worker(0, {{0, 1}});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#2 to w0"));
  EXPECT_EQ(world.counters().attempts.handed_back, 1u);
  EXPECT_EQ(world.counters().jobs.queued, 1u);
}

TEST(Attempt, several_handed_back_return_in_order) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 4});
  world.submit({.count = 5});
  world.drain(0);
  world.hand_back({.worker = 0, .job = 2});
  world.hand_back({.worker = 0, .job = 4});
  world.hand_back({.worker = 0, .job = 3});
  world.hush();
  world.join({.worker = 1, .slots = 9});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#2 to w1", "assign s0#3 to w1",
                                        "assign s0#4 to w1", "assign s0#5 to w1"));
}

TEST(Attempt, delivered_by_the_worker_with_an_error_is_settled) {
  OneWorkerWorld world({}, false);
  world.submit({.count = 1});
  world.hush();
  world.fail({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1"));
  EXPECT_EQ(world.counters().jobs.failed, 1u);
}

TEST(StaleReport, of_a_former_attempt_is_refused_and_its_result_forgotten) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0});
  world.join({.worker = 1});
  world.submit({.count = 1});
  const Lease former = world.lease({0, 1});
  world.return_worker(0, {});
  ASSERT_NE(world.lease({0, 1}), former);
  world.hush();
  world.finish({.worker = 0, .job = 1, .lease = former});
  EXPECT_THAT(world.said(), ElementsAre("refuse stale w0", "forget result s0#1"));
  EXPECT_EQ(world.scheduler().stale_reports(), 1u);
  EXPECT_EQ(world.counters().jobs.running, 1u);
}

TEST(StaleReport, made_twice_is_refused_the_second_time) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.finish({.worker = 0, .job = 1, .delivered = true});
  world.fail({.worker = 0, .job = 1});
  world.hand_back({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("refuse stale w0", "refuse stale w0", "forget text s0#1",
                                        "refuse stale w0"));
  EXPECT_EQ(world.scheduler().stale_reports(), 3u);
}

TEST(StaleReport, about_anothers_job_is_refused) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.join({.worker = 1});
  world.hush();
  world.finish({.worker = 1, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("refuse stale w1"));
  EXPECT_EQ(world.counters().jobs.running, 1u);
}

TEST(StaleReport, with_a_lease_that_never_was_is_refused) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  const Lease lease = world.lease({0, 1});
  for (const Lease forged : {Lease{lease.slot, lease.stamp + 1}, Lease{lease.slot + 1, lease.stamp},
                             Lease{0xffff'ffff, 0xffff'ffff}}) {
    world.finish({.worker = 0, .job = 1, .lease = forged, .delivered = true});
  }
  EXPECT_THAT(world.said(), ElementsAre("refuse stale w0", "refuse stale w0", "refuse stale w0"));
}

TEST(StaleReport, keeps_the_worker_from_being_lost) {
  OneWorkerWorld world;
  world.wait(seconds(4));
  world.hand_back({.worker = 0, .job = 1, .lease = Lease{3, 3}});
  world.hush();
  world.pass(seconds(4));
  EXPECT_TRUE(world.scheduler().workers().joined(WorkerId{0}));
}

TEST(HeldState, follows_assignments_and_reports) {
  OneWorkerWorld world;
  const auto holds = [&world] {
    return world.scheduler().workers().info(WorkerId{0}).holds(StateId{7});
  };
  world.submit({.count = 2, .state = 7});
  EXPECT_TRUE(holds());
  EXPECT_EQ(world.scheduler().view().holders(StateId{7}), 1u);
  world.finish({.worker = 0, .job = 1});
  EXPECT_EQ(world.scheduler().switches(), 1u);
  world.fail({.worker = 0, .job = 2, .holds = std::vector<StateId>{}});
  EXPECT_FALSE(holds());
  EXPECT_EQ(world.scheduler().view().holders(StateId{7}), 0u);
}

TEST(HeldState, is_kept_while_jobs_without_a_state_are_run) {
  OneWorkerWorld world;
  world.submit({.state = 7});
  world.submit({});
  world.submit({.state = 7});
  for (const std::uint64_t job : {1u, 2u, 3u}) world.finish({.worker = 0, .job = job});
  EXPECT_EQ(world.scheduler().switches(), 1u);
  EXPECT_EQ(world.scheduler().workers().record(WorkerId{0}).finished, 3u);
}

}  // namespace
}  // namespace steelyard::core
