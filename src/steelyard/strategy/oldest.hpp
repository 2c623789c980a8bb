#pragma once

#include <array>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/strategy/arrival_value.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

/// First come, first served; priority counts as seconds of age (smallest `arrival − priority`).
///
/// Guarantee (tested): among the lanes a worker may serve, the one whose head has the smallest
/// value is served; nothing is preferred for the state it needs.
/// Cost: `choose` O(1), `lane_changed` O(pools that may serve the lane · log lanes).
class Oldest : public Strategy {
 public:
  Choice choose(const View& view, WorkerId worker) override;
  void lane_changed(const View& view, LaneId lane, LaneChange change) override;
  void rebuild(const View& view) override;

 private:
  void index(const View& view, LaneId lane);

  /// Per pool, the lanes it may serve by the value of their heads.
  std::array<base::IndexedHeap<ArrivalValue>, 64> lanes_by_pool_;
};

}  // namespace steelyard::strategy
