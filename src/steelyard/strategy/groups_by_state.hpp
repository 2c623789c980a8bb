#pragma once

#include "steelyard/strategy/simple_strategy.hpp"

namespace steelyard::strategy {

/// The classic rule of smart_load_balancer (GroupsByNameWithTime), kept as it is for comparison.
///
/// The ages of the waiting states' heads are compared: value = arrival − now − priority,
/// + `switch_penalty_s` when the asking worker holds another state or none, +
/// `other_holder_penalty_s` more when another worker holds the lane's state. The smallest value
/// wins. Heads are compared with one another, so a job can wait much longer than
/// `switch_penalty_s`. Guarantee (heuristic): none against starvation beyond the comparison of
/// ages. Cost: O(lanes with work).
class GroupsByState final : public SimpleStrategy {
 public:
  struct Options {
    double switch_penalty_s = 10.0;
    double other_holder_penalty_s = 1.0;
  };
  explicit GroupsByState(Options options) : options_(options) {}

  double value(const View& view, const Lane& lane, const Worker& worker) override {
    const std::chrono::duration<double> age = view.now() - lane.head_arrival;
    double value = -age.count() - lane.priority;
    if (needs_load(lane, worker)) {
      value += options_.switch_penalty_s;
      if (view.holders(lane.state) > 0) value += options_.other_holder_penalty_s;
    }
    return value;
  }

 protected:
  [[nodiscard]] Reason why(const Lane& lane, const Worker& worker) const override {
    return needs_load(lane, worker) ? Reason::SwitchState : Reason::SameState;
  }

 private:
  Options options_;
};

}  // namespace steelyard::strategy
