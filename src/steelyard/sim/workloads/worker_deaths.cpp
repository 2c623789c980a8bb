#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const double rate_per_s = parameters["rate_per_s"];
  Scenario scenario = common_scenario(parameters, seed, states);
  scenario.faults.death_every_loads = parameters.whole("death_every_loads");
  scenario.faults.away = parameters.seconds("away_s");
  scenario.faults.failure_every_loads = parameters.whole("failure_every_loads");
  generate_poisson(scenario, parameters, rate_per_s,
                   [states](base::Random& random, TimePoint) { return any_of(random, states); });
  return scenario;
}

}  // namespace

Workload worker_deaths() {
  return {"worker-deaths", "workers die while they load and come back, and some loads fail",
          with_common({states_parameter(4),
                       rate_parameter(10),
                       {"death_every_loads", 7, 0, 1e6,
                        "every so many loads the worker dies halfway; 0: never", true},
                       {"away_s", 20, 0, 1e6, "how long a worker that died is away"},
                       {"failure_every_loads", 5, 0, 1e6,
                        "every so many loads one fails at its end; 0: never", true}},
                      {.workers = 3, .jobs = 100'000}),
          make};
}

}  // namespace steelyard::sim
