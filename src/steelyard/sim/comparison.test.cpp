#include "steelyard/sim/comparison.hpp"

#include <gmock/gmock.h>

#include "steelyard/sim/catalogue.hpp"

namespace steelyard::sim {
namespace {

using ::testing::HasSubstr;

Result<Comparison> compared(const std::string& workload, const std::vector<std::string>& strategies,
                            const RunOptions& options = {}) {
  return compare([workload] { return make_scenario(workload, {}); }, strategies,
                 strategy::Registry(), options);
}

TEST(Comparison, shows_all_strategies_the_same_jobs) {
  const Comparison both = compared("zipf:jobs=500", {"oldest", "groups-by-state"}).value();
  ASSERT_EQ(both.results.size(), 2U);
  EXPECT_EQ(both.results[0].strategy, "oldest");
  EXPECT_EQ(both.results[0].measures.work_ns, both.results[1].measures.work_ns);
  EXPECT_EQ(both.results[0].measures.last_arrival, both.results[1].measures.last_arrival);
  EXPECT_NE(both.results[0].measures.trace, both.results[1].measures.trace);
  EXPECT_EQ(both.makespan_bound_s, makespan_bound_s(both.results[0].measures, 4));
}

TEST(Comparison, knows_the_optimum_of_few_jobs_only) {
  EXPECT_TRUE(compared("six-jobs", {"oldest"})->optimum);
  EXPECT_FALSE(compared("six-jobs:workers=2", {"oldest"})->optimum);
  EXPECT_FALSE(compared("six-jobs:held_states=2", {"oldest"})->optimum);
  EXPECT_FALSE(compared("burst", {"oldest"})->optimum);
  EXPECT_FALSE(compared("tenants:jobs=12,flood_per_s=30", {"oldest"})->optimum);
  EXPECT_FALSE(compared("unknown-loads:jobs=6,states=2", {"oldest"})->optimum);
  EXPECT_FALSE(compared("worker-deaths:jobs=6,states=2,workers=1", {"oldest"})->optimum);
}

TEST(Comparison, has_a_reference_where_workers_hold_one_state) {
  EXPECT_TRUE(compared("poisson:jobs=10", {"oldest"})->reference);
  EXPECT_FALSE(compared("poisson:jobs=10,held_states=2", {"oldest"})->reference);
}

TEST(Comparison, measures_with_the_clock_it_is_given) {
  std::uint64_t now_ns = 0;
  RunOptions options;
  options.clock_ns = [&now_ns] { return now_ns += 100; };
  const Measures measures = compared("six-jobs", {"oldest"}, options)->results[0].measures;
  EXPECT_EQ(measures.step_costs.max(), std::chrono::nanoseconds(100));
  EXPECT_EQ(measures.steps_ns, 100 * measures.step_costs.count());
  EXPECT_EQ(measures.decisions, 6U);
}

TEST(Comparison, tells_how_many_jobs_have_come) {
  std::vector<std::uint64_t> heard;
  RunOptions options;
  options.progress = [&heard](std::uint64_t arrived) { heard.push_back(arrived); };
  ASSERT_TRUE(compared("burst:jobs=140000,states=1,load_s=0,run_ms=0", {"oldest"}, options));
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{0, 65'536, 131'072}));
}

TEST(Comparison, of_what_does_not_exist_is_refused) {
  EXPECT_THAT(compared("six-jobs", {"odlest"}).error().context, HasSubstr("did you mean 'oldest'"));
  EXPECT_FALSE(compared("six-job:s", {"oldest"}));
}

}  // namespace
}  // namespace steelyard::sim
