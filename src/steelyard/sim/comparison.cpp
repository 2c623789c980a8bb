#include "steelyard/sim/comparison.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"

namespace steelyard::sim {
namespace {

/// Whether jobs of one state are run in order of arrival, whoever decides.
bool are_alike(const std::vector<Arrival>& jobs) {
  return std::ranges::all_of(jobs, [&](const Arrival& job) {
    return job.queue == jobs.front().queue && job.tenant == jobs.front().tenant &&
           job.priority == jobs.front().priority;
  });
}

/// nullopt: there are too many jobs, or they are of a kind for which nobody knows it.
std::optional<Optimum> optimum_of(Scenario scenario) {
  const bool is_small = scenario.jobs <= kMaxOptimumStates * kMaxOptimumJobsPerState;
  const bool is_calm =
      scenario.faults.death_every_loads == 0 && scenario.faults.failure_every_loads == 0 &&
      std::ranges::all_of(scenario.states,
                          [](const StateFacts& state) { return state.load_spread == 1; });
  const bool is_single =
      scenario.workers == 1 && scenario.max_states == 1 && scenario.crew == nullptr;
  if (!is_small || !is_calm || !is_single) return std::nullopt;
  std::vector<Arrival> jobs;
  while (const auto job = scenario.arrivals->next()) jobs.push_back(*job);
  if (!are_alike(jobs)) return std::nullopt;
  const auto found = optimum(jobs, scenario.states);
  return found ? std::optional(*found) : std::nullopt;
}

Result<Comparison> described(const MakeScenario& make) {
  auto scenario = make();
  if (!scenario) return tl::unexpected(scenario.error());
  Comparison comparison;
  comparison.workload = scenario->text;
  comparison.seed = scenario->seed;
  comparison.workers = scenario->workers;
  comparison.jobs = scenario->jobs;
  comparison.tenants = static_cast<std::uint32_t>(scenario->tenants.size());
  if (scenario->max_states == 1) {
    comparison.reference = mean_wait_reference(scenario->states, scenario->workers);
  }
  comparison.optimum = optimum_of(std::move(*scenario));
  return comparison;
}

}  // namespace

Result<Comparison> compare(const MakeScenario& make, const std::vector<std::string>& strategies,
                           const strategy::Registry& registry, const RunOptions& options) {
  STEELYARD_ASSERT(!strategies.empty());
  auto comparison = described(make);
  if (!comparison) return comparison;
  for (const std::string& name : strategies) {
    auto strategy = registry.make(name);
    if (!strategy) return tl::unexpected(strategy.error());
    auto scenario = make();
    if (!scenario) return tl::unexpected(scenario.error());
    World world(std::move(*scenario), std::move(*strategy), options);
    comparison->results.push_back({name, world.run()});
  }
  const Measures& any = comparison->results.front().measures;
  comparison->makespan_bound_s = makespan_bound_s(any, comparison->workers);
  return comparison;
}

}  // namespace steelyard::sim
