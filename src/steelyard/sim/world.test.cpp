#include "steelyard/sim/world.hpp"

#include <gtest/gtest.h>

#include "steelyard/sim/catalogue.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::sim {
namespace {

Measures run(std::string_view workload, std::string_view strategy,
             const Overrides& overrides = {}) {
  auto scenario = make_scenario(workload, overrides);
  EXPECT_TRUE(scenario) << scenario.error().context;
  World world(std::move(*scenario), std::move(*strategy::Registry().make(strategy)));
  return world.run();
}

TEST(World, of_six_jobs_shows_what_grouping_is_for) {
  const Measures oldest = run("six-jobs", "oldest");
  EXPECT_EQ(oldest.switches, 6U);
  EXPECT_DOUBLE_EQ(in_seconds(oldest.makespan), 30.06);
  const Measures grouped = run("six-jobs", "groups-by-state");
  EXPECT_EQ(grouped.switches, 2U);
  EXPECT_DOUBLE_EQ(in_seconds(grouped.makespan), 10.06);
  EXPECT_EQ(grouped.finished, 6U);
}

TEST(World, repeats_itself_for_a_seed_and_only_for_it) {
  const auto trace = [](std::uint64_t seed) {
    return run("zipf:jobs=2000", "groups-by-state", {.seed = seed}).trace;
  };
  EXPECT_EQ(trace(1), trace(1));
  EXPECT_NE(trace(1), trace(2));
}

TEST(World, counts_a_wait_until_the_state_is_loaded) {
  const Measures measures = run("burst:states=1,jobs=3,load_s=2,run_ms=500", "oldest");
  EXPECT_DOUBLE_EQ(measures.waits.mean_s(), 2.5);
  EXPECT_EQ(measures.waits.max(), std::chrono::seconds(3));
  EXPECT_DOUBLE_EQ(measures.loading_share, 2 / 3.5);
}

}  // namespace
}  // namespace steelyard::sim
