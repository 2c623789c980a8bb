#include "steelyard/strategy/oldest.hpp"

#include <bit>

namespace steelyard::strategy {

Choice Oldest::choose(const View& view, WorkerId worker) {
  const auto& lanes = lanes_by_pool_[view.worker(worker).pool.index()];
  if (lanes.empty()) return Stay{};
  return Serve{LaneId{lanes.top()}, 1, Reason::Oldest};
}

void Oldest::lane_changed(const View& view, LaneId lane, LaneChange change) {
  if (change != LaneChange::Grew) index(view, lane);
}

void Oldest::rebuild(const View& view) {
  for (auto& lanes : lanes_by_pool_) lanes.clear();
  for (const LaneId lane : view.waiting_lanes()) index(view, lane);
}

void Oldest::index(const View& view, LaneId id) {
  const Lane& lane = view.lane(id);
  for (std::uint64_t pools = lane.pools; pools != 0; pools &= pools - 1) {
    auto& lanes = lanes_by_pool_[static_cast<std::size_t>(std::countr_zero(pools))];
    if (lane.waiting == 0) {
      lanes.erase(id.value);
    } else {
      lanes.set(id.value, arrival_value(lane));
    }
  }
}

}  // namespace steelyard::strategy
