#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// What is accepted, what is refused and why, and what a repetition does.
namespace steelyard::core {
namespace {

using testing::ElementsAre;

TEST(Submission, repeated_is_acknowledged_again_and_its_payloads_are_forgotten) {
  World world;
  world.open({.session = 0});
  world.submit({.first = 1, .count = 2});
  world.hush();
  world.submit({.first = 1, .count = 2});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1..2", "acknowledge s0 through 2"));
  EXPECT_EQ(world.counters().jobs.accepted, 2u);
}

TEST(Submission, repeated_in_part_accepts_the_new_part) {
  World world;
  world.open({.session = 0});
  world.submit({.first = 1, .count = 3});
  world.hush();
  world.submit({.first = 2, .count = 4});
  EXPECT_THAT(world.said(),
              ElementsAre("forget payload s0#2..3", "acknowledge s0 through 5, nobody serves q0"));
  EXPECT_EQ(world.counters().jobs.accepted, 5u);
}

TEST(Submission, repeated_below_the_highest_number_accepts_nothing) {
  World world;
  world.open({.session = 0});
  world.submit({.first = 10, .count = 1});
  world.hush();
  world.submit({.first = 3, .count = 2});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#3..4", "acknowledge s0 through 10"));
}

TEST(Submission, repeated_delivers_again_what_is_answered) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({.first = 1, .count = 2});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.submit({.first = 1, .count = 2});
  EXPECT_THAT(world.said(), ElementsAre("deliver s0#1: result s0#1", "forget payload s0#1..2",
                                        "acknowledge s0 through 2"));
}

TEST(Submission, repeated_after_the_receipt_delivers_nothing) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({.first = 1, .count = 1});
  world.finish({.worker = 0, .job = 1});
  world.receive({.job = 1});
  world.hush();
  world.submit({.first = 1, .count = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "acknowledge s0 through 1"));
}

TEST(Submission, may_skip_numbers) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.hush();
  world.submit({.first = 5});
  world.submit({.first = 1'000});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 5", "assign s0#5 to w0",
                                        "acknowledge s0 through 1000", "assign s0#1000 to w0"));
}

TEST(Submission, with_numbers_beyond_the_last_one_is_refused) {
  World world;
  world.open({.session = 0});
  world.submit({.first = UINT64_MAX - 1, .count = 3, .payload = false});
  EXPECT_THAT(world.said(),
              ElementsAre("reject s0#18446744073709551614..0: invalid_argument, limit 0",
                          "acknowledge s0 through 0"));
  world.submit({.first = 1, .count = 1});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1, nobody serves q0"));
}

TEST(Submission, says_when_no_worker_serves_the_queue) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .queues = {1, 2}});
  world.hush();
  world.submit({.queue = 3});
  world.submit({.queue = 2});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1, nobody serves q3",
                                        "acknowledge s0 through 2", "assign s0#2 to w0"));
}

TEST(Submission, says_when_no_workers_window_admits_the_priority) {
  World world;
  world.open({.session = 0});
  world.join({.worker = 0, .priority_min = 5});
  world.hush();
  world.submit({.priority = 4});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1, nobody serves q0"));
}

TEST(Submission, over_the_queue_limit_is_refused_and_its_numbers_are_spent) {
  World world({.max_queued_jobs = 2});
  world.open({.session = 0});
  world.submit({.first = 1, .count = 5});
  EXPECT_THAT(world.said(),
              ElementsAre("reject s0#3..5: queue_full, limit 2", "forget payload s0#3..5",
                          "acknowledge s0 through 5, nobody serves q0"));
  world.submit({.first = 3, .count = 1});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#3", "acknowledge s0 through 5"));
}

TEST(Submission, under_the_queue_limit_again_is_accepted) {
  World world({.max_queued_jobs = 1});
  world.open({.session = 0});
  world.submit({});
  world.cancel({.job = 1});
  world.hush();
  world.submit({});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 2, nobody serves q0"));
}

TEST(Submission, over_the_users_limit_is_refused_for_that_user_only) {
  World world({.max_queued_jobs_per_user = 1});
  world.open({.session = 0});
  world.submit({.user = 3});
  world.hush();
  world.submit({.user = 3});
  world.submit({.user = 4});
  world.submit({.count = 2});
  EXPECT_THAT(world.said(),
              ElementsAre("reject s0#2: user_over_limit, limit 1", "forget payload s0#2",
                          "acknowledge s0 through 2", "acknowledge s0 through 3, nobody serves q0",
                          "acknowledge s0 through 5, nobody serves q0"));
}

TEST(Submission, of_a_user_is_not_limited_when_the_limit_is_zero_or_below) {
  for (const std::int64_t limit : {0, -1}) {
    World world({.max_queued_jobs_per_user = limit});
    world.open({.session = 0});
    world.submit({.count = 2'000, .user = 3});
    EXPECT_EQ(world.counters().jobs.queued, 2'000u);
  }
}

TEST(Submission, of_a_user_is_limited_to_1000_unless_said_otherwise) {
  World world;
  world.open({.session = 0});
  world.submit({.count = 1'001, .user = 3});
  EXPECT_THAT(world.said(),
              ElementsAre("reject s0#1001: user_over_limit, limit 1000", "forget payload s0#1001",
                          "acknowledge s0 through 1001, nobody serves q0"));
}

TEST(Submission, over_the_sessions_limit_is_refused_until_answers_are_received) {
  World world({.max_unfinished_jobs_per_session = 1});
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.submit({});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#2: session_full, limit 1", "forget payload s0#2",
                                        "acknowledge s0 through 2"));
  world.receive({.job = 1});
  world.hush();
  world.submit({});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 3", "assign s0#3 to w0"));
}

TEST(Lanes, over_their_limit_refuse_a_new_combination) {
  World world({.max_lanes = 2});
  world.open({.session = 0});
  world.submit({.state = 0});
  world.submit({.state = 1});
  world.hush();
  world.submit({.state = 1, .user = 1});
  world.submit({.state = 1});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#3: too_many_lanes, limit 2",
                                        "forget payload s0#3", "acknowledge s0 through 3",
                                        "acknowledge s0 through 4, nobody serves q0"));
}

TEST(Lanes, whose_jobs_are_all_settled_are_used_again) {
  World world({.max_lanes = 1});
  world.open({.session = 0});
  world.join({.worker = 0, .queues = {0, 1}});
  world.submit({.queue = 0});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.submit({.queue = 1});
  EXPECT_THAT(world.said(), ElementsAre("reject s0#2: too_many_lanes, limit 1",
                                        "forget payload s0#2", "acknowledge s0 through 2"));
  world.receive({.job = 1});
  world.hush();
  world.submit({.queue = 1, .priority = 3});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 3", "assign s0#3 to w0"));
  EXPECT_EQ(world.scheduler().lanes().size(), 1u);
  EXPECT_EQ(world.scheduler().lanes().info(LaneId{0}).queue, QueueId{1});
}

TEST(Lanes, used_again_serve_who_may_serve_the_new_key) {
  World world({.max_lanes = 1});
  world.open({.session = 0, .receipts = false});
  world.join({.worker = 0, .queues = {0}});
  world.join({.worker = 1, .queues = {1}});
  world.submit({.queue = 0});
  world.finish({.worker = 0, .job = 1});
  world.hush();
  world.submit({.queue = 1});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 2", "assign s0#2 to w1"));
}

}  // namespace
}  // namespace steelyard::core
