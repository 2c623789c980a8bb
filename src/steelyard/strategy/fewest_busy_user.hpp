#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "steelyard/base/placed_heap.hpp"
#include "steelyard/strategy/arrival_value.hpp"
#include "steelyard/strategy/least_loaded.hpp"

namespace steelyard::strategy {

/// The user who occupies the fewest slots goes first, as in cardtunic's broker; among those who
/// occupy equally many, and within a user, the oldest job, priority counted in. Jobs without a user
/// count together as one. New work is placed as by `least-loaded`.
///
/// Guarantee (tested): no user with an allowed job occupies fewer slots than the one who is served.
/// Cost: `choose` O(users with work), `lane_changed` O(log lanes of the user).
class FewestBusyUser final : public LeastLoaded {
 public:
  Choice choose(const View& view, WorkerId worker) override;
  void lane_changed(const View& view, LaneId lane, LaneChange change) override;
  void rebuild(const View& view) override;

 private:
  static constexpr std::uint32_t kAbsent = base::PlacedHeap<ArrivalValue>::kAbsent;

  /// A user's lanes that the same pools may serve.
  struct Row {
    TenantId tenant;
    std::uint64_t pools = 0;
    base::PlacedHeap<ArrivalValue> lanes;
    std::uint32_t place = kAbsent;  // among the listed
  };
  struct Place {
    std::uint32_t row = kAbsent;
    std::uint32_t in_row = kAbsent;
  };
  void put(const View& view, LaneId lane);
  void take_out(LaneId lane);
  auto moved();

  std::vector<Row> rows_;
  std::vector<std::uint32_t> listed_;  // rows with work
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> rows_by_tenant_;
  std::vector<Place> places_;  // by lane
};

}  // namespace steelyard::strategy
