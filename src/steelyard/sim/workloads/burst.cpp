#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  Scenario scenario = common_scenario(parameters, seed, states);
  generate(scenario, parameters, [states](base::Random& random, Arrival& arrival) {
    arrival.state = any_of(random, states);
  });
  return scenario;
}

}  // namespace

Workload burst() {
  return {"burst", "jobs for states at random, all at once",
          with_common({states_parameter(10)}, {.jobs = 1000}), make};
}

}  // namespace steelyard::sim
