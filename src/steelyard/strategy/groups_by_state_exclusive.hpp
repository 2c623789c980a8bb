#pragma once

#include <limits>

#include "steelyard/strategy/simple_strategy.hpp"

namespace steelyard::strategy {

/// The variant of `groups-by-state` in which a state is held once (GroupsByNameWithTimeNoSameWorker
/// of smart_load_balancer): a state that another worker holds is left to that worker, however much
/// waits for it.
///
/// value = arrival − now − priority, + `switch_penalty_s` when the asking worker does not hold the
/// state. Guarantee (heuristic): none against starvation, and the core may have a state loaded
/// twice all the same, for a pin or in place of one that could not be loaded. Cost: O(lanes with
/// work).
class GroupsByStateExclusive final : public SimpleStrategy {
 public:
  struct Options {
    double switch_penalty_s = 10.0;
  };
  explicit GroupsByStateExclusive(Options options) : options_(options) {}

  double value(const View& view, const Lane& lane, const Worker& worker) override {
    const bool loads = needs_load(lane, worker);
    if (loads && view.holders(lane.state) > 0) return std::numeric_limits<double>::infinity();
    const std::chrono::duration<double> age = view.now() - lane.head_arrival;
    return -age.count() - lane.priority + (loads ? options_.switch_penalty_s : 0.0);
  }

 protected:
  [[nodiscard]] Reason why(const Lane& lane, const Worker& worker) const override {
    return needs_load(lane, worker) ? Reason::SwitchState : Reason::SameState;
  }

 private:
  Options options_;
};

}  // namespace steelyard::strategy
