#include "steelyard/core/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"
#include "steelyard/strategy/registry.hpp"

/// The life of a job from its submission to its receipt, and the contract of `step`.
namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Scheduler, takes_a_job_from_submission_to_receipt) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1", "assign s0#1 to w0"));
  world.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1"));
  world.receive({.job = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget result s0#1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
  EXPECT_EQ(world.counters().jobs.unfinished(), 0u);
}

TEST(Scheduler, counts_a_job_in_the_state_it_is_in) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  EXPECT_EQ(world.counters().jobs.accepted, 2u);
  EXPECT_EQ(world.counters().jobs.running, 1u);
  EXPECT_EQ(world.counters().jobs.queued, 1u);
  world.finish({.worker = 0, .job = 1});
  EXPECT_EQ(world.counters().jobs.returning, 1u);
  EXPECT_EQ(world.counters().attempts.dispatched, 2u);
  EXPECT_EQ(world.counters().attempts.completed, 1u);
}

TEST(Scheduler, counts_per_queue_and_per_user_as_well_as_in_total) {
  World world;
  world.open({.session = 0});
  world.submit({.count = 2, .queue = 0, .user = 4});
  world.submit({.count = 3, .queue = 1});
  const Book& book = world.scheduler().book();
  EXPECT_EQ(book.total().jobs.queued, 5u);
  EXPECT_EQ(book.by_queue()[0].jobs.queued, 2u);
  EXPECT_EQ(book.by_queue()[1].jobs.queued, 3u);
  EXPECT_EQ(book.by_tenant()[4].jobs.queued, 2u);
  EXPECT_EQ(book.waiting(TenantId::none()), 0u);
}

TEST(Scheduler, measures_waiting_until_the_assignment_and_running_as_reported) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.wait(seconds(3));
  world.finish({.worker = 0, .job = 1, .run_time = seconds(2)});
  EXPECT_EQ(world.counters().time.waiting, seconds(3));
  EXPECT_EQ(world.counters().time.running, seconds(2));
  EXPECT_EQ(world.counters().time.measured, 1u);
}

TEST(Scheduler, starts_one_sessions_jobs_in_the_order_submitted) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.submit({.count = 1});
  world.hush();
  world.finish({.worker = 0, .job = 1});
  world.finish({.worker = 0, .job = 2});
  EXPECT_THAT(world.said(),
              ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1", "assign s0#2 to w0",
                          "deliver s0#2: result s0#2", "forget payload s0#2", "assign s0#3 to w0"));
}

TEST(Scheduler, settles_at_once_for_a_session_without_receipts) {
  World world;
  world.open({.session = 0, .receipts = false});
  world.join({.worker = 0});
  world.submit({.count = 1});
  world.hush();
  world.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1",
                                        "forget result s0#1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
}

TEST(Scheduler, delivers_nothing_that_the_worker_has_delivered_itself) {
  OneWorkerWorld world({}, false);
  world.submit({.count = 1});
  world.hush();
  world.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
}

TEST(Scheduler, forgets_no_payload_where_none_is_kept) {
  OneWorkerWorld world;
  world.submit({.count = 3, .payload = false});
  world.submit({.first = 1, .count = 3, .payload = false});
  world.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 3", "assign s0#1 to w0",
                                        "acknowledge s0 through 3", "assign s0#2 to w0"));
  world.finish({.worker = 0, .job = 2});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#2: result s0#2", "assign s0#3 to w0"));
}

TEST(Scheduler, ignores_a_second_receipt) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.finish({.worker = 0, .job = 1});
  world.receive({.job = 1});
  world.hush();
  world.receive({.job = 1});
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().jobs.finished, 1u);
}

TEST(Scheduler, ignores_the_receipt_of_another_session) {
  OneWorkerWorld world;
  world.open({.session = 1});
  world.submit({.count = 1});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.receive({.job = 1, .session = 1});
  EXPECT_EQ(world.scheduler().unfounded_receipts(), 1u);
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().jobs.returning, 1u);
}

TEST(Scheduler, ignores_a_receipt_for_what_is_not_answered) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.hush();
  world.receive({.job = 1});
  world.receive({.job = 0, .count = 9});
  EXPECT_EQ(world.scheduler().unfounded_receipts(), 10u);
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_EQ(world.counters().jobs.running, 1u);
}

TEST(Scheduler, gives_a_stopped_callers_jobs_back_and_finishes_what_runs) {
  OneWorkerWorld world;
  world.submit({.count = 3});
  world.hush();
  world.stop();
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#2: stopped, nothing", "forget payload s0#2",
                                        "deliver s0#3: stopped, nothing", "forget payload s0#3"));
  world.submit({.count = 2});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#4..5: stopped, limit 0",
                                        "forget payload s0#4..5", "acknowledge s0 through 5"));
  world.finish({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1"));
}

TEST(Scheduler, answers_as_stopped_what_comes_back_after_the_stop) {
  OneWorkerWorld world;
  world.submit({.count = 1});
  world.stop();
  world.hush();
  world.leave(0);
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: stopped, nothing", "forget payload s0#1"));
  EXPECT_EQ(world.counters().attempts.lost, 1u);
}

TEST(Scheduler, stops_once) {
  OneWorkerWorld world;
  world.submit({.count = 2});
  world.stop();
  world.hush();
  world.stop();
  EXPECT_THAT(world.said(), IsEmpty());
  EXPECT_TRUE(world.scheduler().stopping());
}

TEST(Scheduler, tells_when_time_is_due) {
  World world;
  EXPECT_EQ(world.scheduler().next_deadline(), std::nullopt);
  world.wait(seconds(1));
  world.open({.session = 0});
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(61)));
  world.join({.worker = 0});
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(6)));
  world.leave(0);
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(61)));
}

TEST(SchedulerDeathTest, refuses_time_that_runs_backward) {
  World world;
  world.wait(seconds(2));
  world.open({.session = 0});
  world.wait(-milliseconds(1));
  EXPECT_DEATH(world.beat_session(0), "now >= now_");
}

TEST(SchedulerDeathTest, refuses_a_report_of_a_worker_that_is_not_joined) {
  World world;
  EXPECT_DEATH(world.finish({.worker = 0, .job = 1, .lease = Lease{0, 1}}), "joined");
}

}  // namespace
}  // namespace steelyard::core
