#include <map>

#include <gtest/gtest.h>

#include "steelyard/sim/catalogue.hpp"
#include "steelyard/sim/world.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::sim {
namespace {

std::vector<Arrival> jobs_of(std::string_view workload, std::uint64_t seed = 1) {
  auto scenario = make_scenario(workload, {.seed = seed});
  EXPECT_TRUE(scenario) << scenario.error().context;
  std::vector<Arrival> jobs;
  while (const auto job = scenario->arrivals->next()) jobs.push_back(*job);
  return jobs;
}

/// Jobs for each state whose time is in [from_s, to_s).
std::map<std::uint32_t, int> counts(const std::vector<Arrival>& jobs, double from_s = 0,
                                    double to_s = 1e9) {
  std::map<std::uint32_t, int> counted;
  for (const Arrival& job : jobs) {
    const double time_s = in_seconds(job.time.time_since_epoch());
    if (time_s >= from_s && time_s < to_s) ++counted[job.state.value];
  }
  return counted;
}

double length_s(const std::vector<Arrival>& jobs) {
  return in_seconds(jobs.back().time.time_since_epoch());
}

TEST(Workloads, are_in_order_of_time_and_as_many_as_asked_for) {
  for (const Workload& workload : workloads()) {
    const std::vector<Arrival> jobs = jobs_of(workload.name + ":jobs=3000");
    EXPECT_EQ(jobs.size(), 3000U) << workload.name;
    EXPECT_TRUE(std::ranges::is_sorted(jobs, {}, &Arrival::time)) << workload.name;
  }
}

TEST(Workloads, depend_on_the_seed_unless_nothing_is_random) {
  for (const Workload& workload : workloads()) {
    const auto times_and_states = [&](std::uint64_t seed) {
      std::vector<std::pair<TimePoint, StateId>> seen;
      for (const Arrival& job : jobs_of(workload.name + ":jobs=200", seed)) {
        seen.emplace_back(job.time, job.state);
      }
      return seen;
    };
    EXPECT_EQ(times_and_states(1), times_and_states(1)) << workload.name;
    EXPECT_EQ(times_and_states(1) == times_and_states(2), workload.name == "six-jobs")
        << workload.name;
  }
}

TEST(Workloads, are_done_to_the_last_job_by_every_strategy) {
  const strategy::Registry registry;
  for (const Workload& workload : workloads()) {
    for (const strategy::Entry& entry : registry.entries()) {
      auto scenario = make_scenario(workload.name, {.workers = 17, .jobs = 2000});
      World world(std::move(*scenario), registry.make(entry.name).value());
      const Measures measures = world.run();
      EXPECT_EQ(measures.finished, 2000U) << workload.name << " under " << entry.name;
      EXPECT_EQ(measures.unfinished, 0U) << workload.name << " under " << entry.name;
    }
  }
}

TEST(Poisson, has_its_rate_and_states_alike) {
  const std::vector<Arrival> jobs = jobs_of("poisson:states=4,rate_per_s=20,jobs=40000");
  EXPECT_NEAR(length_s(jobs), 2000, 40);
  for (const auto& [state, count] : counts(jobs)) EXPECT_NEAR(count, 10'000, 300) << state;
  EXPECT_NEAR(length_s(jobs_of("poisson:rho=0.5,workers=2,run_ms=10,jobs=40000")), 400, 8);
}

TEST(Poisson, needs_a_run_time_to_have_a_load) {
  EXPECT_FALSE(make_scenario("poisson:rho=0.5,run_ms=0", {}));
}

TEST(Zipf, needs_the_second_state_half_as_often) {
  auto counted = counts(jobs_of("zipf:jobs=50000"));
  EXPECT_NEAR(counted[0] * 0.5, counted[1], 300);
  EXPECT_NEAR(counted[0] * 0.25, counted[3], 300);
}

TEST(GammaBursts, come_closer_together_than_independent_jobs) {
  const auto share_of_short_gaps = [](std::string_view workload) {
    const std::vector<Arrival> jobs = jobs_of(workload);
    int shorter = 0;
    for (std::size_t i = 1; i < jobs.size(); ++i) {
      shorter += jobs[i].time - jobs[i - 1].time < std::chrono::milliseconds(1) ? 1 : 0;
    }
    return static_cast<double>(shorter) / static_cast<double>(jobs.size());
  };
  EXPECT_NEAR(share_of_short_gaps("gamma-bursts:shape=1,jobs=20000"), 0.01, 0.005);
  EXPECT_GT(share_of_short_gaps("gamma-bursts:shape=0.1,jobs=20000"), 0.2);
  EXPECT_NEAR(length_s(jobs_of("gamma-bursts:jobs=200000")), 20'000, 1000);
}

TEST(Rotation, has_one_hot_state_after_another) {
  const std::vector<Arrival> jobs = jobs_of("rotation:states=3,period_s=100,rate_per_s=50");
  for (std::uint32_t turn = 0; turn < 5; ++turn) {
    auto counted = counts(jobs, 100 * turn, 100 * turn + 100);
    EXPECT_NEAR(counted[turn % 3], 5000 * (0.9 + 0.1 / 3), 300) << turn;
  }
}

TEST(FlashCrowd, comes_and_goes) {
  const std::vector<Arrival> jobs =
      jobs_of("flash-crowd:states=2,rate_per_s=10,at_s=100,for_s=50,factor=20,jobs=20000");
  EXPECT_NEAR(counts(jobs, 0, 100)[1], 500, 80);
  EXPECT_NEAR(counts(jobs, 100, 150)[1], 250 + 9500, 350);
  EXPECT_NEAR(counts(jobs, 150, 250)[1], 500, 80);
}

TEST(UnevenLoads, go_from_fast_to_slow) {
  const auto scenario = make_scenario("uneven-loads:states=3,spread=10,load_s=5", {});
  EXPECT_NEAR(in_seconds(scenario->states[0].load_time), 0.5, 1e-6);
  EXPECT_NEAR(in_seconds(scenario->states[1].load_time), 5, 1e-6);
  EXPECT_NEAR(in_seconds(scenario->states[2].load_time), 50, 1e-6);
}

TEST(WorkerDeaths, happen_while_loading) {
  auto scenario = make_scenario("worker-deaths", {.jobs = 2000});
  EXPECT_EQ(scenario->faults.death_every_loads, 7U);
  World world(std::move(*scenario), strategy::Registry().make("oldest").value());
  const Measures measures = world.run();
  EXPECT_EQ(measures.finished, 2000U);
  EXPECT_GT(measures.decisions, 2000U);  // some jobs were given to workers more than once
}

TEST(Tenants, are_one_that_floods_and_quiet_ones) {
  std::map<std::uint32_t, int> counted;
  for (const Arrival& job : jobs_of("tenants:jobs=39000")) ++counted[job.tenant.value];
  EXPECT_NEAR(counted[0], 30'000, 500);
  EXPECT_NEAR(counted[3], 3'000, 200);
}

TEST(Crowd, needs_a_worker_for_each_pool) {
  EXPECT_FALSE(make_scenario("crowd", {.workers = 3}));
}

}  // namespace
}  // namespace steelyard::sim
