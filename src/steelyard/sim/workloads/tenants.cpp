#include <string>

#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

/// Tenant 0 floods; the others are quiet and alike.
std::vector<double> rates(const Parameters& parameters) {
  std::vector<double> rates(parameters.whole("tenants"), parameters["quiet_per_s"]);
  rates.front() = parameters["flood_per_s"];
  return rates;
}

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const std::vector<double> rate = rates(parameters);
  double total = 0;
  for (const double one : rate) total += one;
  Scenario scenario = common_scenario(parameters, seed, states);
  for (std::uint32_t i = 0; i < rate.size(); ++i) {
    scenario.tenants.push_back(i == 0 ? "flood" : "quiet-" + std::to_string(i));
    scenario.weights.push_back(1);
  }
  generate(scenario, parameters,
           [states, shares = WeightedChoice(rate), gap_s = 1 / total](base::Random& random,
                                                                      Arrival& arrival) {
             arrival.time += from_seconds(exponential(random, gap_s));
             arrival.tenant = TenantId{shares.draw(random)};
             arrival.state = any_of(random, states);
           });
  return scenario;
}

}  // namespace

Workload tenants() {
  return {"tenants", "several users want more than there is, and one of them floods",
          with_common({states_parameter(2),
                       {"tenants", 4, 2, kMaxTenants, "users of equal weight", true},
                       {"flood_per_s", 300, 1e-6, 1e6, "jobs per second of the one that floods"},
                       {"quiet_per_s", 30, 1e-6, 1e6, "jobs per second of each of the others"}},
                      {.jobs = 100'000}),
          make};
}

}  // namespace steelyard::sim
