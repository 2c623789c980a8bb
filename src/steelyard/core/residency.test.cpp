#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"

/// Which states workers hold: loaded for jobs or ahead of them, given up for others, pinned, lost;
/// and who may run what.
namespace steelyard::core {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class Residency : public testing::Test {
 protected:
  Residency() { world_.open({.session = 0}); }

  /// A job of session 0 that loads its state if it must; returns what was given up for it.
  std::vector<std::string> run(std::uint32_t state, Duration load_time = seconds(1)) {
    world_.hush();
    const std::uint64_t switches = world_.scheduler().switches();
    world_.submit({.state = state});
    const bool loads = world_.scheduler().switches() > switches;
    ++last_;
    world_.finish({.worker = 0, .job = last_, .load_time = loads ? load_time : Duration::zero()});
    std::vector<std::string> evicted;
    for (const std::string& said : world_.said()) {
      if (said.starts_with("evict")) evicted.push_back(said);
    }
    return evicted;
  }
  /// Jobs of session 0 that are not run to their end here.
  void submit(const World::Submission& submission) {
    world_.submit(submission);
    last_ += submission.count;
  }
  std::vector<std::uint32_t> held(std::uint32_t worker = 0) const {
    std::vector<std::uint32_t> states;
    for (const strategy::Held& one : world_.scheduler().workers().info(WorkerId{worker}).held) {
      states.push_back(one.state.value);
    }
    return states;
  }

  World world_;
  std::uint64_t last_ = 0;  // job of session 0
};

TEST_F(Residency, a_worker_holds_as_many_as_it_can) {
  world_.join({.worker = 0, .max_states = 3});
  for (const std::uint32_t state : {0u, 1u, 2u, 0u, 1u, 2u}) EXPECT_THAT(run(state), IsEmpty());
  EXPECT_EQ(world_.scheduler().switches(), 3u);
  EXPECT_THAT(held(), UnorderedElementsAre(0, 1, 2));
}

TEST_F(Residency, the_cheaper_one_goes_though_it_was_loaded_later_and_the_dear_one_pays_rent) {
  world_.join({.worker = 0, .max_states = 2});
  // What each takes to load is learned.
  for (const std::uint32_t state : {0u, 1u, 2u, 3u}) run(state, seconds(state == 0 ? 5 : 1));
  run(0, seconds(5));
  run(1);
  EXPECT_THAT(held(), UnorderedElementsAre(0, 1));
  EXPECT_THAT(run(2), ElementsAre("evict m1 from w0"));
  EXPECT_THAT(run(1), ElementsAre("evict m0 from w0"));
  EXPECT_EQ(world_.scheduler().evictions(),
            world_.scheduler().workers().record(WorkerId{0}).evictions);
}

TEST_F(Residency, one_that_nobody_waits_for_goes_first) {
  world_.join({.worker = 0, .max_states = 2});
  run(0);
  run(1);
  // The next job needs room while another one waits for state 0.
  submit({.count = 1, .queue = 0, .state = 1});
  submit({.state = 2, .priority = 5});
  submit({.state = 0});
  world_.hush();
  world_.finish({.worker = 0, .job = last_ - 2});
  EXPECT_THAT(world_.said(), Contains("evict m1 from w0"));
}

TEST_F(Residency, room_is_made_by_size_too) {
  world_.join({.worker = 0, .max_states = 10, .state_memory_bytes = 100});
  world_.submit({.state = 0, .state_bytes = 60});
  world_.finish({.worker = 0, .job = ++last_, .load_time = seconds(1)});
  world_.submit({.state = 1, .state_bytes = 40});
  world_.finish({.worker = 0, .job = ++last_, .load_time = seconds(1)});
  EXPECT_THAT(held(), UnorderedElementsAre(0, 1));
  world_.hush();
  world_.submit({.state = 2, .state_bytes = 50});
  ++last_;
  EXPECT_THAT(world_.said(), Contains("evict m0 from w0"));
  EXPECT_THAT(held(), UnorderedElementsAre(1, 2));
}

TEST_F(Residency, a_size_that_was_measured_counts) {
  world_.join({.worker = 0, .max_states = 10, .state_memory_bytes = 100});
  for (const std::uint32_t state : {0u, 1u}) {
    submit({.state = state});
    world_.finish({.worker = 0, .job = last_, .load_time = seconds(1), .state_bytes = 40});
  }
  // Before it was measured the second one might have filled the worker.
  EXPECT_THAT(held(), ElementsAre(1));
  EXPECT_THAT(run(0), IsEmpty());
  EXPECT_THAT(held(), UnorderedElementsAre(0, 1));
}

TEST_F(Residency, what_a_running_job_needs_is_never_given_up) {
  world_.join({.worker = 0, .slots = 2});
  submit({.state = 0});
  submit({.state = 1});
  EXPECT_EQ(world_.counters().attempts.running, 1u);
  world_.hush();
  world_.finish({.worker = 0, .job = 1, .load_time = seconds(1)});
  EXPECT_THAT(world_.said(), Contains("evict m0 from w0"));
  EXPECT_EQ(world_.counters().attempts.running, 1u);
}

TEST_F(Residency, what_is_pinned_is_never_given_up) {
  world_.join({.worker = 0, .max_states = 2});
  run(0);
  run(1);
  world_.pin({.state = 0, .workers = 1});
  for (const std::uint32_t state : {2u, 3u, 1u, 2u}) run(state);
  EXPECT_THAT(held(), Contains(0));
  world_.pin({.state = 0, .workers = 0});
  run(3);
  run(1);
  EXPECT_THAT(held(), Not(Contains(0)));
}

TEST_F(Residency, a_load_that_failed_is_no_holding_and_is_tried_again_ever_later) {
  world_.join({.worker = 0});
  world_.join({.worker = 1});
  submit({.state = 0});
  world_.hush();
  world_.fail({.worker = 0, .job = 1, .retry = true, .load_failed = true});
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_EQ(world_.counters().attempts.running, 0u);
  world_.beat_worker(0, {});
  world_.beat_worker(1, {});
  world_.pass(seconds(1));
  EXPECT_EQ(world_.counters().attempts.running, 1u);
  const std::uint32_t second = world_.scheduler().workers().info(WorkerId{0}).assigned > 0 ? 0 : 1;
  world_.fail({.worker = second, .job = 1, .retry = true, .load_failed = true});
  world_.pass(seconds(1));
  EXPECT_EQ(world_.counters().attempts.running, 0u);
  world_.pass(seconds(1));
  EXPECT_EQ(world_.counters().attempts.running, 1u);
  EXPECT_EQ(world_.scheduler().failed_loads(), 2u);
}

TEST_F(Residency, while_a_state_cannot_be_loaded_jobs_of_others_are_done) {
  world_.join({.worker = 0});
  submit({.state = 0});
  world_.fail({.worker = 0, .job = 1, .retry = true, .load_failed = true});
  EXPECT_EQ(world_.counters().attempts.running, 0u);
  submit({.state = 1});
  EXPECT_EQ(world_.counters().attempts.running, 1u);
}

TEST_F(Residency, a_load_that_works_ends_the_pause_and_the_count) {
  world_.join({.worker = 0, .slots = 1});
  submit({.state = 0});
  world_.fail({.worker = 0, .job = 1, .load_failed = true});
  EXPECT_EQ(world_.scheduler().view().state(StateId{0}).failures, 1u);
  world_.pass(seconds(1));
  submit({.state = 0});
  world_.finish({.worker = 0, .job = 2, .load_time = seconds(1)});
  EXPECT_EQ(world_.scheduler().view().state(StateId{0}).failures, 0u);
  EXPECT_THAT(held(), ElementsAre(0));
}

TEST_F(Residency, a_job_whose_state_has_room_nowhere_is_rejected_with_the_largest_room) {
  world_.join({.worker = 0, .state_memory_bytes = 100});
  world_.join({.worker = 1, .state_memory_bytes = 300});
  world_.hush();
  world_.submit({.state = 0, .state_bytes = 301});
  EXPECT_THAT(world_.said(), Contains("reject s0#1: state_too_large, limit 300"));
  world_.submit({.state = 1, .state_bytes = 300});
  EXPECT_THAT(held(1), ElementsAre(1));
  world_.join({.worker = 2});
  world_.hush();
  world_.submit({.state = 0, .state_bytes = 301});
  EXPECT_THAT(world_.said(), Contains("assign s0#3 to w2"));
}

TEST_F(Residency, workers_without_room_for_a_state_are_not_given_its_jobs) {
  world_.join({.worker = 0, .state_memory_bytes = 100});
  world_.join({.worker = 1, .state_memory_bytes = 300});
  world_.submit({.count = 3, .state = 0, .state_bytes = 200});
  EXPECT_THAT(held(0), IsEmpty());
  EXPECT_THAT(held(1), ElementsAre(0));
  EXPECT_EQ(world_.counters().attempts.running, 1u);
}

TEST_F(Residency, jobs_run_where_all_their_tags_are) {
  world_.join({.worker = 0, .tags = {1}});
  world_.join({.worker = 1, .tags = {2, 1}});
  world_.hush();
  world_.submit({.tags = {1, 2}});
  EXPECT_THAT(world_.said(), Contains("assign s0#1 to w1"));
  world_.submit({.tags = {1, 2}});
  EXPECT_EQ(world_.counters().jobs.queued, 1u);
  world_.submit({.tags = {1}});
  EXPECT_THAT(world_.said(), Contains("assign s0#3 to w0"));
}

TEST_F(Residency, tags_that_nobody_carries_leave_jobs_waiting_until_somebody_does) {
  world_.join({.worker = 0});
  world_.hush();
  world_.submit({.tags = {7}});
  EXPECT_THAT(world_.said(), ElementsAre("acknowledge s0 through 1, nobody serves q0"));
  world_.join({.worker = 1, .tags = {7}});
  EXPECT_THAT(world_.said(), Contains("assign s0#1 to w1"));
}

TEST_F(Residency, a_pin_has_idle_workers_load_and_those_that_hold_it_keep) {
  world_.join({.worker = 0});
  world_.join({.worker = 1});
  run(0);
  world_.hush();
  world_.pin({.state = 0, .workers = 2});
  EXPECT_THAT(world_.said(),
              ElementsAre("load m0 at w1", "answer s0 to pin 0: 1 hold it, 1 load it"));
  world_.loaded({.worker = 1, .state = 0});
  world_.hush();
  world_.pin({.state = 0, .workers = 2});
  EXPECT_THAT(world_.said(), ElementsAre("answer s0 to pin 0: 2 hold it, 0 load it"));
}

TEST_F(Residency, a_load_ahead_of_jobs_takes_a_slot_and_the_job_that_follows_loads_nothing) {
  world_.join({.worker = 0});
  world_.pin({.state = 0, .workers = 1});
  submit({.state = 0});
  EXPECT_EQ(world_.counters().attempts.running, 0u);
  world_.loaded({.worker = 0, .state = 0, .load_time = seconds(3)});
  EXPECT_EQ(world_.counters().attempts.running, 1u);
  EXPECT_EQ(world_.scheduler().switches(), 0u);
  EXPECT_EQ(world_.scheduler().estimates().load(StateId{0}, PoolId::none()).mean_s, 3.0);
}

TEST_F(Residency, a_pin_is_for_workers_of_its_queue) {
  world_.join({.worker = 0, .queues = {1}});
  world_.join({.worker = 1, .queues = {2}});
  world_.hush();
  world_.pin({.state = 0, .workers = 2, .queue = 2});
  EXPECT_THAT(world_.said(),
              ElementsAre("load m0 at w1", "answer s0 to pin 0: 0 hold it, 1 load it"));
}

TEST_F(Residency, a_pin_is_made_anew_when_its_worker_leaves) {
  world_.join({.worker = 0});
  world_.pin({.state = 0, .workers = 1});
  world_.loaded({.worker = 0, .state = 0});
  world_.join({.worker = 1});
  world_.hush();
  world_.leave(0);
  EXPECT_THAT(world_.said(), Contains("load m0 at w1"));
}

TEST_F(Residency, a_pin_waits_for_workers_to_come) {
  world_.pin({.state = 0, .workers = 1});
  world_.hush();
  world_.join({.worker = 0});
  EXPECT_THAT(world_.said(), Contains("load m0 at w0"));
}

TEST_F(Residency, a_load_ahead_of_jobs_that_failed_is_tried_again_after_the_pause) {
  world_.join({.worker = 0});
  world_.pin({.state = 0, .workers = 1});
  world_.hush();
  world_.loaded({.worker = 0, .state = 0, .failed = true});
  EXPECT_THAT(world_.said(), IsEmpty());
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_EQ(world_.scheduler().failed_loads(), 1u);
  world_.pass(seconds(1));
  EXPECT_THAT(world_.said(), Contains("load m0 at w0"));
}

TEST_F(Residency, what_became_of_a_load_is_asked_again_after_a_cut_connection) {
  world_.join({.worker = 0});
  world_.pin({.state = 0, .workers = 1});
  world_.hush();
  world_.return_worker(0, {});
  EXPECT_THAT(world_.said(), Contains("load m0 at w0"));
  world_.loaded({.worker = 0, .state = 0});
  EXPECT_THAT(held(), ElementsAre(0));
}

TEST_F(Residency, a_worker_that_says_what_it_holds_is_believed) {
  world_.join({.worker = 0, .max_states = 2});
  run(0);
  submit({.state = 1});
  world_.finish({.worker = 0,
                 .job = last_,
                 .load_time = seconds(1),
                 .holds = std::vector<StateId>{StateId{1}, StateId{5}}});
  EXPECT_THAT(held(), UnorderedElementsAre(1, 5));
}

}  // namespace
}  // namespace steelyard::core
