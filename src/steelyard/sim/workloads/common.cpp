#include "steelyard/sim/workloads/common.hpp"

#include <iterator>
#include <utility>

namespace steelyard::sim {
namespace {

class GeneratedArrivals final : public Arrivals {
 public:
  GeneratedArrivals(std::uint64_t seed, std::uint64_t jobs, Arrival first, NextArrival next)
      : random_(seed), left_(jobs), arrival_(first), next_(std::move(next)) {}

  std::optional<Arrival> next() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    next_(random_, arrival_);
    if (arrival_.time < kEndOfTime) return arrival_;
    left_ = 0;
    return std::nullopt;
  }

 private:
  base::Random random_;
  std::uint64_t left_;
  Arrival arrival_;
  NextArrival next_;
};

}  // namespace

std::vector<Parameter> with_common(std::vector<Parameter> own, Standard standard) {
  std::vector<Parameter> common{
      {"workers", standard.workers, 1, kMaxWorkers, "workers, each with one slot", true},
      {"held_states", 1, 1, kMaxStatesPerWorker, "states that a worker holds at once", true},
      {"jobs", standard.jobs, 1, kMaxJobs, "how many jobs come", true},
      {"load_s", standard.load_s, 0, 3600, "how long a state takes to load"},
      {"run_ms", standard.run_ms, 0, 3'600'000, "how long a job runs"},
  };
  own.insert(own.end(), std::make_move_iterator(common.begin()),
             std::make_move_iterator(common.end()));
  return own;
}

Parameter states_parameter(double standard) {
  return {"states", standard, 1, kMaxStates, "how many states there are", true};
}

Parameter rate_parameter(double standard) {
  return {"rate_per_s", standard, 1e-6, 1e6, "jobs per second, on the average"};
}

Scenario common_scenario(const Parameters& parameters, std::uint64_t seed, std::uint32_t states) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.workers = parameters.whole("workers");
  scenario.max_states = parameters.whole("held_states");
  scenario.jobs = parameters.whole("jobs");
  for (std::uint32_t i = 1; i <= states; ++i) {
    scenario.states.push_back({"state-" + std::to_string(i), parameters.seconds("load_s")});
  }
  return scenario;
}

void generate(Scenario& scenario, const Parameters& parameters, NextArrival next) {
  Arrival first;
  first.run_time = parameters.milliseconds("run_ms");
  scenario.arrivals =
      std::make_unique<GeneratedArrivals>(scenario.seed, scenario.jobs, first, std::move(next));
}

void generate_poisson(Scenario& scenario, const Parameters& parameters, double rate_per_s,
                      PickState pick) {
  generate(
      scenario, parameters,
      [gap_s = 1 / rate_per_s, pick = std::move(pick)](base::Random& random, Arrival& arrival) {
        arrival.time += from_seconds(exponential(random, gap_s));
        arrival.state = pick(random, arrival.time);
      });
}

StateId any_of(base::Random& random, std::uint32_t states) {
  return StateId{static_cast<std::uint32_t>(random.below(states))};
}

void note_rates(Scenario& scenario, const Parameters& parameters, double rate_per_s,
                const WeightedChoice& shares) {
  for (std::uint32_t i = 0; i < scenario.states.size(); ++i) {
    scenario.states[i].arrivals_per_s = rate_per_s * shares.share(i);
    scenario.states[i].run_s = in_seconds(parameters.milliseconds("run_ms"));
  }
}

}  // namespace steelyard::sim
