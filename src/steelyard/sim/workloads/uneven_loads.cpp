#include <cmath>

#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

/// A steady rate, all states equally often.
Scenario steady(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const double rate_per_s = parameters["rate_per_s"];
  Scenario scenario = common_scenario(parameters, seed, states);
  note_rates(scenario, parameters, rate_per_s, WeightedChoice(std::vector<double>(states, 1)));
  generate_poisson(scenario, parameters, rate_per_s,
                   [states](base::Random& random, TimePoint) { return any_of(random, states); });
  return scenario;
}

/// From `load_s` / `spread` for the first state to `load_s` · `spread` for the last, in equal
/// ratios.
Result<Scenario> make_uneven(const Parameters& parameters, std::uint64_t seed) {
  Scenario scenario = steady(parameters, seed);
  const double steps = std::max<double>(static_cast<double>(scenario.states.size()) - 1, 1);
  double exponent = -1;
  for (StateFacts& state : scenario.states) {
    const double factor = std::pow(parameters["spread"], exponent);
    state.load_time = from_seconds(parameters["load_s"] * factor);
    exponent += 2 / steps;
  }
  return scenario;
}

Result<Scenario> make_unknown(const Parameters& parameters, std::uint64_t seed) {
  Scenario scenario = steady(parameters, seed);
  scenario.time_prior.load_s = parameters["expected_s"];
  for (StateFacts& state : scenario.states) state.load_spread = parameters["spread"];
  return scenario;
}

}  // namespace

Workload uneven_loads() {
  return {"uneven-loads", "states that load fast and states that load slowly",
          with_common({states_parameter(6),
                       rate_parameter(10),
                       {"spread", 10, 1, 1000, "slowest load over load_s, and that over fastest"}},
                      {.jobs = 200'000}),
          make_uneven};
}

Workload unknown_loads() {
  return {"unknown-loads", "loads take much longer than a strategy expects, each another time",
          with_common({states_parameter(4),
                       rate_parameter(10),
                       {"spread", 2, 1, 1000, "a load takes load_s times or by up to this much"},
                       {"expected_s", 0.5, 0.001, 3600, "what is believed before the first load"}},
                      {.jobs = 200'000, .load_s = 40}),
          make_unknown};
}

}  // namespace steelyard::sim
