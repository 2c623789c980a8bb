#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// What a worker is given beyond its slots.
namespace steelyard::core {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

Options two_milliseconds() {
  Options options;
  options.max_unstarted_work = milliseconds(2);
  return options;
}

/// With session 0, and worker 0 that has one slot and has run one job of 800 µs.
class Credit : public testing::Test {
 protected:
  Credit() : world_(two_milliseconds()) {
    world_.open({.session = 0});
    world_.join({.worker = 0});
    world_.submit({});
    world_.finish({.worker = 0, .job = 1, .run_time = microseconds(800)});
    world_.hush();
  }

  World world_;
};

TEST_F(Credit, is_as_much_work_as_is_expected_to_take_two_milliseconds) {
  world_.submit({.count = 5});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 6", "assign s0#2 to w0",
                                         "assign s0#3 to w0", "assign s0#4 to w0"));
  world_.finish({.worker = 0, .job = 2, .run_time = microseconds(800)});
  EXPECT_THAT(world_.said(), testing::Contains("assign s0#5 to w0"));
}

TEST_F(Credit, is_none_for_work_of_unknown_length) {
  world_.join({.worker = 1, .queues = {1}});
  world_.submit({.count = 2, .queue = 1});
  EXPECT_THAT(world_.said(), testing::Not(testing::Contains("assign s0#3 to w1")));
  world_.finish({.worker = 1, .job = 2, .run_time = milliseconds(50)});
  world_.hush();
  world_.submit({.queue = 1});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 4"));
}

TEST_F(Credit, is_none_when_it_is_not_wanted) {
  OneWorkerWorld world;
  world.submit({});
  world.finish({.worker = 0, .job = 1, .run_time = microseconds(1)});
  world.submit({.count = 2});
  world.hush();
  EXPECT_EQ(world.scheduler().workers().info(WorkerId{0}).assigned, 1U);
}

TEST_F(Credit, ends_with_what_is_handed_back_until_the_long_job_is_done) {
  world_.submit({.count = 3});
  world_.hush();
  world_.hand_back({.worker = 0, .job = 3});
  world_.hand_back({.worker = 0, .job = 4});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.join({.worker = 1});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#3 to w1", "assign s0#4 to w1"));
  world_.submit({.count = 3});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 7", "assign s0#5 to w1"));
  world_.finish({.worker = 0, .job = 2, .run_time = microseconds(800)});
  EXPECT_THAT(world_.said(), testing::Contains("assign s0#7 to w0"));
  EXPECT_EQ(world_.counters().attempts.handed_back, 2U);
}

TEST_F(Credit, is_no_reason_to_give_a_job_back_to_who_returned_it_before_it_beats) {
  world_.submit({});
  world_.hush();
  world_.hand_back({.worker = 0, .job = 2});
  EXPECT_THAT(world_.said(), IsEmpty());
  world_.submit({});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 3"));
  world_.beat_worker(0, {});
  EXPECT_THAT(world_.said(), ElementsAre("assign s0#2 to w0", "assign s0#3 to w0"));
}

TEST_F(Credit, costs_no_attempt_when_the_worker_is_lost_and_is_not_given_to_what_was_lost) {
  world_.submit({.count = 3});
  world_.hush();
  world_.leave(0);
  world_.join({.worker = 0});
  EXPECT_THAT(world_.said(), testing::Contains("assign s0#2 to w0, attempt 2"));
  EXPECT_EQ(world_.counters().attempts.running, 1U);
  world_.finish({.worker = 0, .job = 2, .run_time = microseconds(800)});
  EXPECT_THAT(world_.said(), testing::Contains("assign s0#3 to w0"));
}

TEST_F(Credit, is_limited_in_number_too) {
  Options options = two_milliseconds();
  options.max_unstarted_jobs = 2;
  OneWorkerWorld world(options);
  world.submit({});
  world.finish({.worker = 0, .job = 1});
  world.submit({.count = 9});
  EXPECT_EQ(world.counters().attempts.running, 3U);
}

TEST_F(Credit, does_not_switch_a_state) {
  world_.submit({.state = 0});
  world_.submit({.state = 0});
  world_.submit({.state = 1});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 2", "assign s0#2 to w0",
                                         "acknowledge s0 through 3", "assign s0#3 to w0",
                                         "acknowledge s0 through 4"));
}

class CreditOf : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Strategies, CreditOf,
                         testing::Values("oldest", "least-loaded", "round-robin",
                                         "groups-by-state"));

TEST_P(CreditOf, every_strategy_comes_after_its_free_slots) {
  World world(two_milliseconds(), GetParam());
  world.open({.session = 0});
  world.join({.worker = 0, .weight = 9});
  world.submit({});
  world.finish({.worker = 0, .job = 1, .run_time = microseconds(500)});
  world.join({.worker = 1, .slots = 3, .weight = 0.1});
  world.submit({.count = 4});
  EXPECT_EQ(world.scheduler().workers().info(WorkerId{0}).assigned, 1U);
  EXPECT_EQ(world.scheduler().workers().info(WorkerId{1}).assigned, 3U);
}

}  // namespace
}  // namespace steelyard::core
