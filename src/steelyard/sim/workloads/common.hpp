#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "steelyard/base/random.hpp"
#include "steelyard/sim/draws.hpp"
#include "steelyard/sim/parameters.hpp"
#include "steelyard/sim/scenario.hpp"

/// What the workloads have in common.
namespace steelyard::sim {

/// The values that the numbers every workload has begin with.
struct Standard {
  double workers = 1;
  double jobs = 100'000;
  double load_s = 5;
  double run_ms = 10;
};

/// `own`, followed by `workers`, `held_states`, `jobs`, `load_s` and `run_ms`.
[[nodiscard]] std::vector<Parameter> with_common(std::vector<Parameter> own,
                                                 Standard standard = {});

[[nodiscard]] Parameter states_parameter(double standard);
[[nodiscard]] Parameter rate_parameter(double standard);

/// A scenario with the common numbers, and `states` alike states named `state-1`, …
[[nodiscard]] Scenario common_scenario(const Parameters& parameters, std::uint64_t seed,
                                       std::uint32_t states);

/// Turns the job before into the next one: moves its time on and fills in the rest.
using NextArrival = std::function<void(base::Random& random, Arrival& arrival)>;

/// So many jobs as the scenario says, each with its run time, made by `next`.
void generate(Scenario& scenario, const Parameters& parameters, NextArrival next);

/// The state of the next job, which comes at `time`.
using PickState = std::function<StateId(base::Random& random, TimePoint time)>;

/// So many jobs as the scenario says, independent of one another, at a steady rate.
void generate_poisson(Scenario& scenario, const Parameters& parameters, double rate_per_s,
                      PickState pick);

/// Each of `states` equally often.
[[nodiscard]] StateId any_of(base::Random& random, std::uint32_t states);

/// Says for the bounds how often the states' jobs come: `shares` of `rate_per_s`.
void note_rates(Scenario& scenario, const Parameters& parameters, double rate_per_s,
                const WeightedChoice& shares);

}  // namespace steelyard::sim
