#pragma once

#include <cmath>
#include <tuple>

#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

/// The short way to a strategy of one's own: a value for each waiting lane, smallest wins.
///
/// Lanes with equal values go in order of arrival; infinity or NaN skips the lane for this worker.
/// New work is placed as by Strategy::place, among the workers that do not skip it.
/// Cost: `choose` O(lanes with work), `place` O(workers).
class SimpleStrategy : public Strategy {
 public:
  /// How much `worker` should rather not serve the head of `lane` now. The unit is the strategy's
  /// own; seconds are customary.
  virtual double value(const View& view, const Lane& lane, const Worker& worker) = 0;

  Choice choose(const View& view, WorkerId id) final {
    const Worker& worker = view.worker(id);
    LaneId best;
    std::tuple<double, std::uint64_t> smallest;
    for (const LaneId candidate : view.waiting_lanes()) {
      if (!view.allowed(id, candidate)) continue;
      const Lane& lane = view.lane(candidate);
      const std::tuple<double, std::uint64_t> key{value(view, lane, worker), lane.head_order};
      if (!std::isfinite(std::get<0>(key)) || (best.valid() && !(key < smallest))) continue;
      best = candidate;
      smallest = key;
    }
    if (!best.valid()) return Stay{};
    return Serve{best, 1, why(view.lane(best), worker)};
  }

  std::optional<WorkerId> place(const View& view, LaneId lane) final {
    return place_among(view, lane, [&](const Worker& worker) {
      return std::isfinite(value(view, view.lane(lane), worker));
    });
  }

 protected:
  /// What the statistics count this decision as.
  [[nodiscard]] virtual Reason why(const Lane& /*lane*/, const Worker& /*worker*/) const {
    return Reason::OwnValue;
  }
};

}  // namespace steelyard::strategy
