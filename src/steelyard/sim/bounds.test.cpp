#include "steelyard/sim/bounds.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "steelyard/sim/catalogue.hpp"

namespace steelyard::sim {
namespace {

/// The reference for a workload, as `steelyard sim` shows it.
WaitReference reference(std::string_view workload) {
  const auto scenario = make_scenario(workload, {});
  return mean_wait_reference(scenario->states, scenario->workers).value();
}

TEST(WaitReference, has_the_known_values) {
  EXPECT_NEAR(reference("poisson:states=3").mean_wait_s, 8.06, 0.005);
  EXPECT_NEAR(reference("poisson:states=10").mean_wait_s, 27.5, 0.005);
  EXPECT_NEAR(reference("zipf").mean_wait_s, 23.6, 0.05);
  EXPECT_NEAR(reference("zipf:rate_per_s=200,workers=8").mean_wait_s, 13.4, 0.05);
}

TEST(WaitReference, gives_workers_to_the_hottest_states_when_that_is_better) {
  EXPECT_EQ(reference("zipf:rate_per_s=200,workers=8").dedicated, 1U);
  EXPECT_EQ(reference("poisson:states=4,rate_per_s=100,workers=4").dedicated, 4U);
  EXPECT_EQ(reference("poisson:states=4,rate_per_s=100,workers=4").mean_wait_s, 0);
}

TEST(WaitReference, is_the_best_of_all_intervals) {
  // Three states share a worker; no other choice of intervals with the same time for loads is
  // better than the formula's.
  const std::vector<double> load_s{5, 1, 3};
  const std::vector<double> rates{2, 8, 0.5};
  std::vector<StateFacts> states;
  double busy = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    states.push_back({"", from_seconds(load_s[i]), rates[i], 0.05});
    busy += rates[i] * 0.05;
  }
  const double formula = mean_wait_reference(states, 1)->mean_wait_s;
  double best = 1e9;
  for (double a = 0.01; a < 1; a += 0.01) {
    for (double b = 0.01; a + b < 1; b += 0.01) {
      const double shares[] = {a, b, 1 - a - b};
      double waits = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double interval = load_s[i] / (shares[i] * (1 - busy));
        waits += rates[i] * interval * (1 - rates[i] * 0.05) / 2;
      }
      best = std::min(best, waits / 10.5);
    }
  }
  EXPECT_GE(best, formula);
  EXPECT_LT(best, formula * 1.001);
}

TEST(WaitReference, does_not_exist_for_more_work_than_time) {
  EXPECT_FALSE(mean_wait_reference(std::vector<StateFacts>{{"a", from_seconds(1), 10, 0.2}}, 2));
  EXPECT_FALSE(mean_wait_reference(std::vector<StateFacts>{{"a", from_seconds(1)}}, 2));
}

TEST(MakespanBound, is_all_work_spread_or_the_longest_job) {
  Measures measures;
  measures.work_ns = 10e9;
  measures.first_loads_ns = 50e9;
  EXPECT_EQ(makespan_bound_s(measures, 4), 15);
  measures.longest = std::chrono::seconds(17);
  EXPECT_EQ(makespan_bound_s(measures, 4), 17);
}

}  // namespace
}  // namespace steelyard::sim
