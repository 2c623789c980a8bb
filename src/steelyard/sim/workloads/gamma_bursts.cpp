#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

/// The next job of each state, the earliest one on top.
class Bursts {
 public:
  Bursts(std::uint32_t states, double shape, double gap_s)
      : states_(states), shape_(shape), gap_s_(gap_s) {}

  void operator()(base::Random& random, Arrival& arrival) {
    for (std::uint32_t i = next_.empty() ? 0 : states_; i < states_; ++i) plan(random, {}, i);
    arrival.time = next_.top_key();
    arrival.state = StateId{next_.top()};
    plan(random, arrival.time, next_.top());
  }

 private:
  void plan(base::Random& random, TimePoint last, std::uint32_t state) {
    next_.set(state, last + from_seconds(gamma(random, shape_, gap_s_)));
  }

  std::uint32_t states_;
  double shape_;
  double gap_s_;
  base::IndexedHeap<TimePoint> next_;
};

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const double rate_per_s = parameters["rate_per_s"];
  Scenario scenario = common_scenario(parameters, seed, states);
  note_rates(scenario, parameters, rate_per_s, WeightedChoice(std::vector<double>(states, 1)));
  generate(scenario, parameters, Bursts(states, parameters["shape"], states / rate_per_s));
  return scenario;
}

}  // namespace

Workload gamma_bursts() {
  return {"gamma-bursts", "jobs of each state come in bursts with long pauses between",
          with_common({states_parameter(5),
                       rate_parameter(10),
                       {"shape", 0.1, 0.01, 10, "of the gamma-distributed pauses; 1: as poisson"}},
                      {.workers = 2, .jobs = 200'000}),
          make};
}

}  // namespace steelyard::sim
