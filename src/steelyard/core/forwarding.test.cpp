#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Jobs that go on in another queue, or in their own once more.
namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// A worker for queue 0 and one for queue 1.
class TwoStages : public World {
 public:
  explicit TwoStages(const Options& options = {}) : World(options) {
    open({.session = 0});
    join({.worker = 0, .queues = {0}});
    join({.worker = 1, .queues = {1}});
  }
};

TEST(ForwardedJob, is_the_same_job_in_the_next_queue) {
  TwoStages world;
  world.submit({});
  world.hush();
  world.forward({.worker = 0, .job = 1, .queue = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "assign s0#1 to w1, hop 1"));
  const auto& queues = world.scheduler().book().by_queue();
  EXPECT_EQ(queues[0].jobs.forwarded_out, 1u);
  EXPECT_EQ(queues[0].attempts.completed, 1u);
  EXPECT_EQ(queues[1].jobs.forwarded_in, 1u);
  EXPECT_EQ(queues[1].jobs.running, 1u);
  EXPECT_EQ(world.counters().jobs.accepted, 1u);
}

TEST(ForwardedJob, may_need_another_state_there) {
  TwoStages world;
  world.submit({.state = 4});
  world.forward({.worker = 0, .job = 1, .queue = 1, .state = 7});
  const auto& held = world.scheduler().workers().info(WorkerId{1}).held;
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held.front().state, StateId{7});
}

TEST(ForwardedJob, comes_after_those_that_wait_in_its_own_queue) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({.count = 2});
  world.hush();
  world.forward({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "assign s0#2 to w0"));
  world.forward({.worker = 0, .job = 2});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#2", "assign s0#1 to w0, hop 1"));
}

TEST(ForwardedJob, that_goes_on_too_often_fails) {
  World world({.max_hops = 2});
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({});
  world.forward({.worker = 0, .job = 1});
  world.forward({.worker = 0, .job = 1});
  world.hush();
  world.forward({.worker = 0, .job = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("forget result s0#1", "deliver s0#1: too_many_hops, nothing",
                          "forget result s0#1"));
}

TEST(ForwardedJob, has_its_attempts_again_and_new_numbers_for_them) {
  Options options{.max_attempts = 2};
  options.retry_first = {};
  TwoStages world(options);
  world.submit({});
  world.fail({.worker = 0, .job = 1, .retry = true});
  world.forward({.worker = 0, .job = 1, .queue = 1});
  world.hush();
  world.fail({.worker = 1, .job = 1, .retry = true});
  EXPECT_THAT(world.said(), ElementsAre("forget text s0#1", "assign s0#1 to w1, hop 1, attempt 2"));
}

TEST(ForwardedJob, is_not_limited_by_what_may_be_queued) {
  TwoStages world({.max_queued_jobs = 1, .max_lanes = 1});
  world.submit({});
  world.leave(1);
  world.hush();
  world.forward({.worker = 0, .job = 1, .queue = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1"));
  EXPECT_EQ(world.counters().jobs.queued, 1u);
}

TEST(ForwardedJob, still_has_to_begin_in_time) {
  TwoStages world;
  world.leave(1);
  world.submit({.start_by = world.now() + seconds(2)});
  world.pass(seconds(1));
  world.forward({.worker = 0, .job = 1, .queue = 1});
  world.hush();
  world.pass(milliseconds(999));
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(milliseconds(1));
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: expired, nothing", "forget result s0#1"));
}

TEST(ForwardedJob, has_only_what_is_left_of_its_time_limit) {
  TwoStages world;
  world.submit({.time_limit = seconds(3)});
  world.pass(seconds(1));
  world.beat_worker(0, {{0, 1}});
  world.forward({.worker = 0, .job = 1, .queue = 1});
  world.hush();
  world.pass(seconds(1));
  world.beat_worker(1, {{0, 1}});
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(seconds(1));
  EXPECT_THAT(world.said(), ElementsAre("ask w1 to stop it: over its time limit"));
}

TEST(ForwardedJob, that_was_cancelled_while_it_ran_is_cancelled) {
  TwoStages world;
  world.submit({});
  world.cancel({.job = 1});
  world.hush();
  world.forward({.worker = 0, .job = 1, .queue = 1});
  EXPECT_THAT(world.said(),
              ElementsAre("forget result s0#1", "answer s0 to cancel 1: was running, cancelled",
                          "deliver s0#1: cancelled, nothing", "forget payload s0#1"));
}

TEST(ForwardedJob, whose_requester_has_the_result_of_a_former_attempt_is_finished) {
  TwoStages world;
  world.submit({});
  world.return_worker(0, {});
  world.forward({.worker = 0, .job = 1, .queue = 1});
  world.hush();
  world.receive({.job = 1, .attempt = 1});
  EXPECT_THAT(world.said(), testing::Contains("stop it on w1"));
  EXPECT_EQ(world.counters().jobs.finished, 1u);
}

TEST(ForwardedJob, says_how_long_all_its_stages_took) {
  TwoStages world;
  world.submit({});
  world.pass(seconds(1));
  world.beat_worker(1, {});
  world.forward({.worker = 0, .job = 1, .run_time = seconds(1), .queue = 1});
  world.pass(seconds(2));
  world.finish({.worker = 1, .job = 1, .run_time = seconds(2)});
  const core::Scheduler& scheduler = world.scheduler();
  const Job& job = scheduler.jobs()[scheduler.find(SessionId{0}, 1)];
  EXPECT_EQ(job.waited_us, 0u);
  EXPECT_EQ(job.run_time_us, 3'000'000u);
}

TEST(ForwardedJob, that_is_journalled_is_noted_with_its_new_place) {
  TwoStages world({.has_log = true});
  world.submit({.journal = true});
  world.persist(1);
  world.hush();
  world.forward({.worker = 0, .job = 1, .queue = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "append changed s0#1",
                                        "assign s0#1 to w1, hop 1"));
}

}  // namespace
}  // namespace steelyard::core
