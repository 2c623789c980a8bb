#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  Scenario scenario = common_scenario(parameters, seed, 2);
  generate(scenario, parameters, [](base::Random&, Arrival& arrival) {
    arrival.state = StateId{arrival.state == StateId{0} ? 1U : 0U};
  });
  return scenario;
}

}  // namespace

Workload six_jobs() {
  return {"six-jobs", "jobs for two states in turn, all at once: A B A B A B",
          with_common({}, {.jobs = 6}), make};
}

}  // namespace steelyard::sim
