#include "steelyard/sim/optimum.hpp"

#include <algorithm>
#include <array>

namespace steelyard::sim {
namespace {

/// A way to have some jobs done: when the last of them ends, and how long all of them waited.
struct Way {
  Duration time{};
  Duration wait{};
};

/// Ways of which none is as good as another in both respects, by ascending time.
class Ways {
 public:
  void add(Way way) {
    for (const Way& other : ways_) {
      if (other.time <= way.time && other.wait <= way.wait) return;
    }
    std::erase_if(ways_, [&way](const Way& other) {
      return other.time >= way.time && other.wait >= way.wait;
    });
    ways_.insert(std::ranges::upper_bound(ways_, way.time, {}, &Way::time), way);
  }
  [[nodiscard]] const std::vector<Way>& all() const { return ways_; }

 private:
  std::vector<Way> ways_;
};

/// The jobs of each state, and what is known about every place.
class Table {
 public:
  Table(std::vector<std::vector<Arrival>> jobs, std::span<const StateFacts> states)
      : jobs_(std::move(jobs)), states_(states) {
    std::size_t prefixes = 1;
    for (const auto& of_state : jobs_) {
      strides_.push_back(prefixes);
      prefixes *= of_state.size() + 1;
    }
    places_.resize(prefixes * (jobs_.size() + 1));
  }

  /// A prefix comes before all that are longer in one of the states, so one walk will do.
  Optimum solve() {
    const std::size_t none = jobs_.size();
    at(0, none).add({});
    for (std::size_t prefix = 0; prefix < places_.size() / (jobs_.size() + 1); ++prefix) {
      for (std::size_t held = 0; held <= none; ++held) extend(prefix, held);
    }
    return best();
  }

 private:
  Ways& at(std::size_t prefix, std::size_t held) {
    return places_[prefix * (jobs_.size() + 1) + held];
  }

  void extend(std::size_t prefix, std::size_t held) {
    for (std::size_t state = 0; state < jobs_.size(); ++state) {
      const std::size_t done = prefix / strides_[state] % (jobs_[state].size() + 1);
      if (done == jobs_[state].size()) continue;
      const Arrival& job = jobs_[state][done];
      const Duration load = state == held ? Duration::zero() : states_[state].load_time;
      Ways& longer = at(prefix + strides_[state], state);
      for (const Way& way : at(prefix, held).all()) {
        const Duration runs_from = std::max(way.time, job.time.time_since_epoch()) + load;
        longer.add(
            {runs_from + job.run_time, way.wait + (runs_from - job.time.time_since_epoch())});
      }
    }
  }

  Optimum best() {
    Optimum found{Duration::max(), Duration::max()};
    const std::size_t last = places_.size() / (jobs_.size() + 1) - 1;
    for (std::size_t held = 0; held <= jobs_.size(); ++held) {
      for (const Way& way : at(last, held).all()) {
        found.makespan = std::min(found.makespan, way.time);
        found.total_wait = std::min(found.total_wait, way.wait);
      }
    }
    return found;
  }

  std::vector<std::vector<Arrival>> jobs_;  // by state
  std::span<const StateFacts> states_;
  std::vector<std::size_t> strides_;  // by state: what one more job done adds to a prefix
  std::vector<Ways> places_;
};

}  // namespace

Result<Optimum> optimum(std::span<const Arrival> jobs, std::span<const StateFacts> states) {
  if (states.size() > kMaxOptimumStates) {
    return failure(ErrorCode::InvalidArgument, "too many states for an exact optimum");
  }
  std::vector<std::vector<Arrival>> by_state(states.size());
  for (const Arrival& job : jobs) {
    if (!job.state.valid() || by_state[job.state.index()].size() == kMaxOptimumJobsPerState) {
      return failure(ErrorCode::InvalidArgument, "too many jobs of a state for an exact optimum");
    }
    by_state[job.state.index()].push_back(job);
  }
  return Table(std::move(by_state), states).solve();
}

}  // namespace steelyard::sim
