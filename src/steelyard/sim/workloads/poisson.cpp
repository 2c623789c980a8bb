#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

/// The rate that was asked for, directly or as the share of the workers' time it takes.
Result<double> rate(const Parameters& parameters) {
  if (parameters["rho"] == 0) return parameters["rate_per_s"];
  const double run_s = in_seconds(parameters.milliseconds("run_ms"));
  if (run_s == 0) return failure(ErrorCode::InvalidArgument, "rho needs run_ms over 0");
  return parameters["rho"] * parameters["workers"] / run_s;
}

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const auto rate_per_s = rate(parameters);
  if (!rate_per_s) return tl::unexpected(rate_per_s.error());
  const std::uint32_t states = parameters.whole("states");
  Scenario scenario = common_scenario(parameters, seed, states);
  note_rates(scenario, parameters, *rate_per_s, WeightedChoice(std::vector<double>(states, 1)));
  generate_poisson(scenario, parameters, *rate_per_s,
                   [states](base::Random& random, TimePoint) { return any_of(random, states); });
  return scenario;
}

}  // namespace

Workload poisson() {
  return {"poisson", "independent jobs at a steady rate, all states equally often",
          with_common({states_parameter(3),
                       rate_parameter(10),
                       {"rho", 0, 0, 10,
                        "instead of the rate: run time per worker and second; 0: "
                        "the rate counts"}},
                      {.jobs = 200'000}),
          make};
}

}  // namespace steelyard::sim
