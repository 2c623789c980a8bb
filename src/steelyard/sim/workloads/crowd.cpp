#include <string>

#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const std::uint32_t users = parameters.whole("tenants");
  const std::uint32_t queues = parameters.whole("pools");
  Scenario scenario = common_scenario(parameters, seed, states);
  if (queues > scenario.workers) {
    return failure(ErrorCode::InvalidArgument, "there are more pools than workers");
  }
  scenario.queues = queues;
  scenario.pools = queues;
  for (std::uint32_t i = 1; i <= users; ++i) {
    scenario.tenants.push_back("user-" + std::to_string(i));
    scenario.weights.push_back(1);
  }
  generate(scenario, parameters, [states, users, queues](base::Random& random, Arrival& arrival) {
    arrival.state = any_of(random, states);
    arrival.queue = QueueId{arrival.state.value % queues};
    arrival.tenant = TenantId{static_cast<std::uint32_t>(random.below(users))};
  });
  return scenario;
}

}  // namespace

Workload crowd() {
  return {
      "crowd", "very much at once: many states, users, workers and pools of workers",
      with_common({states_parameter(1'000),
                   {"tenants", 100, 1, kMaxTenants, "users of equal weight", true},
                   {"pools", 16, 1, 64, "groups of workers, each with a queue of its own", true}},
                  {.workers = 1'000, .jobs = 100'000}),
      make};
}

}  // namespace steelyard::sim
