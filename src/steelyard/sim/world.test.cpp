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

TEST(World, lets_a_worker_keep_several_states) {
  EXPECT_EQ(run("six-jobs:held_states=2", "oldest").switches, 2U);
  EXPECT_EQ(run("poisson:states=3,held_states=3,jobs=2000", "oldest").switches, 3U);
}

TEST(World, measures_what_one_user_got_more_than_another) {
  EXPECT_EQ(run("poisson:jobs=2000", "oldest").tenant_gap_s, 0);
  EXPECT_GT(run("tenants:jobs=2000", "oldest").tenant_gap_s, 10);
}

TEST(World, tells_the_waits_of_each_state) {
  const Measures measures = run("hot-and-cold:jobs=5000", "groups-by-state");
  EXPECT_EQ(measures.states[0].name, "hot");
  EXPECT_EQ(measures.states[0].jobs + measures.states[1].jobs, 5000U);
  const auto longest = std::max(measures.states[0].longest_wait, measures.states[1].longest_wait);
  EXPECT_EQ(longest, measures.waits.max());
}

/// Gives nobody anything, and wants to be asked again at once.
class Idler final : public strategy::Strategy {
 public:
  strategy::Choice choose(const strategy::View& view, WorkerId) override {
    return strategy::Stay{view.now() + Duration(1)};
  }
};

TEST(World, ends_although_a_strategy_never_gives_work) {
  World world(make_scenario("six-jobs", {}).value(), std::make_unique<Idler>());
  const Measures measures = world.run();
  EXPECT_EQ(measures.finished, 0U);
  EXPECT_EQ(measures.unfinished, 6U);
}

TEST(World, ends_before_its_numbers_overflow) {
  const Measures measures = run("poisson:states=1,rate_per_s=0.000001,jobs=3000", "oldest");
  EXPECT_LT(measures.makespan, kEndOfTime.time_since_epoch());
  EXPECT_GT(measures.makespan, kEndOfTime.time_since_epoch() / 2);
  EXPECT_LT(measures.finished, 3000U);
}

}  // namespace
}  // namespace steelyard::sim
