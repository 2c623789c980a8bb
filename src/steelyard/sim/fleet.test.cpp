#include "steelyard/sim/fleet.hpp"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using std::chrono::seconds;

constexpr WorkerId kWorker{0};
constexpr StateId kGerman{0};
constexpr StateId kFrench{1};

Scenario two_states(const Faults& faults = {}) {
  Scenario scenario;
  scenario.states = {{"german", seconds(4)}, {"french", seconds(6)}};
  scenario.faults = faults;
  return scenario;
}

/// What a worker makes of a job that is given to it at `begins`.
Fleet::Task given(Fleet& fleet, StateId state, int begins) {
  Fleet::Task task;
  task.state = state;
  task.begins = TimePoint(seconds(begins));
  task.worker = kWorker;
  return fleet.begin(task, seconds(1));
}

TEST(Fleet, loads_what_is_not_held) {
  const Scenario scenario = two_states();
  Fleet fleet(scenario);
  const Fleet::Task first = given(fleet, kGerman, 10);
  EXPECT_TRUE(first.loads);
  EXPECT_EQ(first.runs_from, TimePoint(seconds(14)));
  EXPECT_EQ(fleet.next_time(), TimePoint(seconds(15)));
  fleet.end_next();
  EXPECT_FALSE(fleet.next_time());
  EXPECT_FALSE(given(fleet, kGerman, 20).loads);
  EXPECT_EQ(fleet.loads(), 1U);
  EXPECT_EQ(fleet.loading_s(), 4);
}

TEST(Fleet, holds_a_state_until_it_is_given_up) {
  const Scenario scenario = two_states();
  Fleet fleet(scenario);
  given(fleet, kGerman, 0);
  fleet.end_next();
  given(fleet, kFrench, 10);
  fleet.end_next();
  fleet.evict(kWorker, kGerman);
  EXPECT_FALSE(given(fleet, kFrench, 20).loads);
  fleet.end_next();
  EXPECT_TRUE(given(fleet, kGerman, 30).loads);
}

TEST(Fleet, runs_a_job_without_a_state_at_once) {
  const Scenario scenario = two_states();
  Fleet fleet(scenario);
  const Fleet::Task task = given(fleet, StateId::none(), 3);
  EXPECT_FALSE(task.loads);
  EXPECT_EQ(task.runs_from, TimePoint(seconds(3)));
}

TEST(Fleet, lets_a_worker_die_halfway_through_a_load_and_come_back_with_nothing) {
  const Scenario scenario = two_states({.death_every_loads = 2, .away = seconds(30)});
  Fleet fleet(scenario);
  given(fleet, kGerman, 0);
  fleet.end_next();
  const Fleet::Task fatal = given(fleet, kFrench, 10);
  EXPECT_EQ(fatal.fate, Fleet::Fate::Dies);
  EXPECT_EQ(fatal.ends, TimePoint(seconds(13)));
  fleet.end_next();
  EXPECT_EQ(fleet.next_task().fate, Fleet::Fate::Returns);
  EXPECT_EQ(fleet.next_time(), TimePoint(seconds(43)));
  fleet.end_next();
  EXPECT_TRUE(given(fleet, kGerman, 50).loads);
}

TEST(Fleet, lets_a_load_fail_at_its_end) {
  const Scenario scenario = two_states({.failure_every_loads = 1});
  Fleet fleet(scenario);
  const Fleet::Task failed = given(fleet, kGerman, 0);
  EXPECT_EQ(failed.fate, Fleet::Fate::LoadFails);
  EXPECT_EQ(failed.ends, TimePoint(seconds(4)));
  fleet.end_next();
  EXPECT_TRUE(given(fleet, kGerman, 10).loads);
}

TEST(Fleet, draws_the_time_of_a_load_that_varies) {
  Scenario scenario = two_states();
  scenario.states[0].load_spread = 2;
  Fleet fleet(scenario);
  for (int i = 0; i < 100; ++i) {
    const Fleet::Task task = given(fleet, kGerman, 20 * i);
    EXPECT_GE(task.runs_from - task.begins, seconds(2));
    EXPECT_LE(task.runs_from - task.begins, seconds(8));
    fleet.end_next();
    fleet.evict(kWorker, kGerman);
  }
}

}  // namespace
}  // namespace steelyard::sim
