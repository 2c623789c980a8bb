#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const Duration period = parameters.seconds("period_s");
  const double hot = parameters["hot_share"];
  Scenario scenario = common_scenario(parameters, seed, states);
  generate_poisson(scenario, parameters, parameters["rate_per_s"],
                   [states, period, hot](base::Random& random, TimePoint time) {
                     if (uniform(random) > hot) return any_of(random, states);
                     const auto turn = static_cast<std::uint64_t>(time.time_since_epoch() / period);
                     return StateId{static_cast<std::uint32_t>(turn % states)};
                   });
  return scenario;
}

}  // namespace

Workload rotation() {
  return {"rotation", "one state is hot, and every so often it is another one",
          with_common({states_parameter(8),
                       rate_parameter(50),
                       {"period_s", 120, 0.001, 1e6, "how long a state stays hot"},
                       {"hot_share", 0.9, 0, 1, "part of the jobs that need the hot state"}},
                      {.workers = 2, .jobs = 200'000}),
          make};
}

}  // namespace steelyard::sim
