#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const double hot = parameters["hot_per_s"];
  const double cold = parameters["cold_per_s"];
  const WeightedChoice shares({hot, cold});
  Scenario scenario = common_scenario(parameters, seed, 2);
  scenario.states[0].name = "hot";
  scenario.states[1].name = "cold";
  note_rates(scenario, parameters, hot + cold, shares);
  generate_poisson(scenario, parameters, hot + cold, [shares](base::Random& random, TimePoint) {
    return StateId{shares.draw(random)};
  });
  return scenario;
}

std::vector<Parameter> rates(double hot, double cold) {
  return {{"hot_per_s", hot, 1e-6, 1e6, "jobs per second for the hot state"},
          {"cold_per_s", cold, 1e-6, 1e6, "jobs per second for the cold state"}};
}

}  // namespace

Workload hot_and_cold() {
  return {"hot-and-cold", "one busy state and one that is rarely needed",
          with_common(rates(10, 0.2), {.jobs = 200'000}), make};
}

Workload overload() {
  return {"overload", "as hot-and-cold, with more work than there is time",
          with_common(rates(150, 0.01), {.jobs = 115'000}), make};
}

}  // namespace steelyard::sim
