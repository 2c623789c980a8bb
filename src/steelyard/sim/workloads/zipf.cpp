#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const double rate_per_s = parameters["rate_per_s"];
  const WeightedChoice shares(zipf_weights(states, parameters["alpha"]));
  Scenario scenario = common_scenario(parameters, seed, states);
  note_rates(scenario, parameters, rate_per_s, shares);
  generate_poisson(scenario, parameters, rate_per_s, [shares](base::Random& random, TimePoint) {
    return StateId{shares.draw(random)};
  });
  return scenario;
}

}  // namespace

Workload zipf() {
  return {"zipf", "independent jobs at a steady rate, few states often and many rarely",
          with_common({states_parameter(50),
                       rate_parameter(20),
                       {"alpha", 1, 0, 5, "the i-th state comes i^-alpha times as often"}},
                      {.workers = 4, .jobs = 400'000}),
          make};
}

}  // namespace steelyard::sim
