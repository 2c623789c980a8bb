#include "steelyard/strategy/fewest_busy_user.hpp"

#include <tuple>

namespace steelyard::strategy {

auto FewestBusyUser::moved() {
  return [this](std::uint32_t lane, std::uint32_t place) { places_[lane].in_row = place; };
}

Choice FewestBusyUser::choose(const View& view, WorkerId worker) {
  const PoolId pool = view.worker(worker).pool;
  const Row* best = nullptr;
  std::uint32_t fewest = 0;
  for (const std::uint32_t number : listed_) {
    const Row& row = rows_[number];
    if (((row.pools >> pool.value) & 1) == 0) continue;
    const std::uint32_t busy = view.shares().running(row.tenant);
    const bool is_better = best == nullptr || std::tie(busy, row.lanes.top_key()) <
                                                  std::tie(fewest, best->lanes.top_key());
    if (!is_better) continue;
    best = &row;
    fewest = busy;
  }
  if (best == nullptr) return Stay{};
  return Serve{LaneId{best->lanes.top()}, 1, Reason::FewestBusy};
}

void FewestBusyUser::lane_changed(const View& view, LaneId lane, LaneChange change) {
  if (change == LaneChange::Grew) return;
  if (lane.index() >= places_.size()) places_.resize(lane.index() + 1);
  if (change == LaneChange::Emptied) {
    take_out(lane);
  } else {
    put(view, lane);
  }
}

void FewestBusyUser::put(const View& view, LaneId id) {
  const Lane& lane = view.lane(id);
  Place& place = places_[id.index()];
  const ArrivalValue value = arrival_value(lane);
  if (place.in_row != kAbsent) return rows_[place.row].lanes.update(place.in_row, value, moved());
  std::vector<std::uint32_t>& of_tenant = rows_by_tenant_[lane.tenant.value];
  place.row = kAbsent;
  for (const std::uint32_t number : of_tenant) {
    if (rows_[number].pools == lane.pools) place.row = number;
  }
  if (place.row == kAbsent) {
    place.row = static_cast<std::uint32_t>(rows_.size());
    rows_.push_back({lane.tenant, lane.pools, {}, kAbsent});
    of_tenant.push_back(place.row);
  }
  Row& row = rows_[place.row];
  row.lanes.insert(id.value, value, moved());
  if (row.place != kAbsent) return;
  row.place = static_cast<std::uint32_t>(listed_.size());
  listed_.push_back(place.row);
}

void FewestBusyUser::take_out(LaneId id) {
  Place& place = places_[id.index()];
  if (place.in_row == kAbsent) return;
  Row& row = rows_[place.row];
  row.lanes.erase(place.in_row, moved());
  if (!row.lanes.empty()) return;
  listed_[row.place] = listed_.back();
  rows_[listed_[row.place]].place = row.place;
  listed_.pop_back();
  row.place = kAbsent;
}

void FewestBusyUser::rebuild(const View& view) {
  LeastLoaded::rebuild(view);
  rows_.clear();
  listed_.clear();
  rows_by_tenant_.clear();
  places_.assign(places_.size(), {});
  for (const LaneId lane : view.waiting_lanes()) lane_changed(view, lane, LaneChange::HeadChanged);
}

}  // namespace steelyard::strategy
