#include "steelyard/sim/cases.hpp"

#include <string>

#include <gtest/gtest.h>

#include "steelyard/sim/catalogue.hpp"
#include "steelyard/sim/world.hpp"
#include "steelyard/strategy/registry.hpp"

/// The baselines' figures, as they were known before there was a simulator.
namespace steelyard::sim {
namespace {

/// The case under a strategy.
Measures run(std::string_view name, std::string_view strategy, const Overrides& overrides = {}) {
  auto scenario = make_scenario(find_case(name)->workload, overrides);
  World world(std::move(*scenario), strategy::Registry().make(strategy).value());
  return world.run();
}

void expect(const Measures& measures, double switches, double makespan_s, double share) {
  EXPECT_NEAR(measured(Metric::Switches, measures), switches, switches * share);
  EXPECT_NEAR(measured(Metric::Makespan, measures), makespan_s, makespan_s * share);
}

TEST(Baselines, of_the_six_jobs) {
  expect(run("six", "oldest"), 6, 30.06, 0);
  expect(run("six", "groups-by-state"), 2, 10.06, 0);
}

TEST(Baselines, of_a_burst) {
  expect(run("burst-1-worker", "oldest"), 900, 4530, 0.01);
  expect(run("burst-1-worker", "groups-by-state"), 10, 60, 0);
  expect(run("burst-4-workers", "oldest"), 915, 1150, 0.01);
  expect(run("burst-4-workers", "groups-by-state"), 15, 22, 0.03);
}

TEST(Baselines, diverge_where_states_are_many) {
  for (const char* name : {"poisson-3-states", "poisson-10-states", "zipf-4-workers"}) {
    EXPECT_TRUE(run(name, "oldest", {.jobs = 20'000}).diverges()) << name;
    EXPECT_TRUE(run(name, "groups-by-state", {.jobs = 20'000}).diverges()) << name;
  }
  EXPECT_TRUE(run("zipf-8-workers", "oldest", {.jobs = 100'000}).diverges());
  EXPECT_TRUE(run("zipf-8-workers", "groups-by-state", {.jobs = 100'000}).diverges());
}

TEST(Baselines, load_without_need_where_each_worker_could_keep_a_state) {
  EXPECT_TRUE(run("state-per-worker", "oldest").diverges());
  double switches = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Measures grouped = run("state-per-worker", "groups-by-state", {.seed = seed});
    EXPECT_TRUE(grouped.diverges());
    switches += measured(Metric::Switches, grouped) / 4;
  }
  EXPECT_NEAR(switches, 600, 600 * 0.05);
}

TEST(Baselines, with_a_hot_and_a_rare_state) {
  const Measures grouped = run("hot-and-rare", "groups-by-state");
  EXPECT_FALSE(grouped.diverges());
  EXPECT_NEAR(measured(Metric::MeanWait, grouped), 4.4, 4.4 * 0.03);
}

TEST(Baselines, let_the_cold_state_starve_when_there_is_too_much) {
  EXPECT_NEAR(measured(Metric::LongestOfCold, run("overloaded", "oldest")), 465, 465 * 0.05);
  EXPECT_NEAR(measured(Metric::LongestOfCold, run("overloaded", "groups-by-state")), 480,
              480 * 0.05);
}

/// The table of figures, with two seeds.
TEST(Cases, are_met_by_the_strategy_on_trial) {
  for (const Case& one : cases()) {
    for (const std::uint64_t seed : {1, 2}) {
      const Measures measures = run(one.name, one.on_trial, {.seed = seed});
      EXPECT_EQ(measures.unfinished, 0u) << one.name;
      for (const Figure& figure : one.figures) {
        EXPECT_LE(measured(figure.metric, measures), figure.at_most)
            << one.name << ", " << to_string(figure.metric) << ", seed " << seed;
      }
    }
  }
}

TEST(Cases, have_workloads_and_different_names) {
  for (const Case& one : cases()) {
    EXPECT_TRUE(make_scenario(one.workload, {})) << one.name;
    EXPECT_EQ(find_case(one.name), &one);
    for (const Workload& workload : workloads()) EXPECT_NE(workload.name, one.name);
  }
  EXPECT_EQ(find_case("no such case"), nullptr);
}

}  // namespace
}  // namespace steelyard::sim
