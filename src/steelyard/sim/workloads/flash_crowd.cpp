#include "steelyard/sim/workloads/common.hpp"
#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

struct Crowd {
  TimePoint begins;
  TimePoint ends;
  double rate_per_s = 0;  // of its own, beside the usual jobs
};

/// The usual jobs, and for a while those of the crowd, all of which need the last state.
class FlashCrowd {
 public:
  FlashCrowd(std::uint32_t states, double rate_per_s, Crowd crowd)
      : states_(states), rate_per_s_(rate_per_s), crowd_(crowd) {}

  /// The pause is drawn again from where the rate changes: an exponential pause has no memory.
  void operator()(base::Random& random, Arrival& arrival) const {
    while (true) {
      const TimePoint change = next_change(arrival.time);
      const double rate = rate_per_s_ + crowd_rate(arrival.time);
      const TimePoint next = arrival.time + from_seconds(exponential(random, 1 / rate));
      arrival.time = std::min(next, change);
      if (next < change) break;
    }
    const double crowd = crowd_rate(arrival.time);
    const bool is_crowd = uniform(random) * (rate_per_s_ + crowd) < crowd;
    arrival.state = is_crowd ? StateId{states_ - 1} : any_of(random, states_);
  }

 private:
  [[nodiscard]] TimePoint next_change(TimePoint time) const {
    if (time < crowd_.begins) return crowd_.begins;
    return time < crowd_.ends ? crowd_.ends : TimePoint::max();
  }
  [[nodiscard]] double crowd_rate(TimePoint time) const {
    return time >= crowd_.begins && time < crowd_.ends ? crowd_.rate_per_s : 0;
  }

  std::uint32_t states_;
  double rate_per_s_;
  Crowd crowd_;
};

Result<Scenario> make(const Parameters& parameters, std::uint64_t seed) {
  const std::uint32_t states = parameters.whole("states");
  const double rate_per_s = parameters["rate_per_s"];
  Scenario scenario = common_scenario(parameters, seed, states);
  Crowd crowd;
  crowd.begins = TimePoint(parameters.seconds("at_s"));
  crowd.ends = crowd.begins + parameters.seconds("for_s");
  crowd.rate_per_s = rate_per_s * (parameters["factor"] - 1);
  generate(scenario, parameters, FlashCrowd(states, rate_per_s, crowd));
  return scenario;
}

}  // namespace

Workload flash_crowd() {
  return {"flash-crowd", "a steady rate, and for a while a crowd that needs one of the states",
          with_common({states_parameter(6),
                       rate_parameter(10),
                       {"at_s", 1000, 0, 1e6, "when the crowd comes"},
                       {"for_s", 60, 0, 1e6, "how long it stays"},
                       {"factor", 20, 1, 1000, "how many times as many jobs come then"}},
                      {.workers = 2, .jobs = 60'000}),
          make};
}

}  // namespace steelyard::sim
