#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "steelyard/base/placed_heap.hpp"
#include "steelyard/strategy/view.hpp"

namespace steelyard::strategy {

/// The users with waiting jobs, whoever is owed most first.
///
/// Costs nothing while there is one user only. Cost otherwise: O(log users) per change, after which
/// `refresh` is to be called. Thread safety: none.
class TenantOrder {
 public:
  /// A lane has work (again), or none any more.
  void lane_began(const View& view, LaneId lane);
  void lane_ended(const View& view, LaneId lane);
  /// The user was or will be charged for something.
  void touch(TenantId tenant);
  /// Takes in the tags of those who were touched.
  void refresh(const View& view);
  /// The first job of a lane with work is another one.
  void head_changed(const View& view, LaneId lane);

  [[nodiscard]] bool several() const { return several_; }
  /// The smallest tag among users with jobs that the pool may run.
  [[nodiscard]] std::optional<std::int64_t> smallest_tag(PoolId pool) const;
  /// A lane of the one who is owed most, that the pool may serve: the oldest of a few.
  [[nodiscard]] LaneId owed_lane(const View& view, PoolId pool) const;

  /// Visits users by what they are owed until `visit(tenant)` returns true.
  template <class Visit>
  void each(std::uint32_t at_most, Visit&& visit) const {
    for (auto it = by_tag_.begin(); it != by_tag_.end() && at_most > 0; ++it, --at_most) {
      if (visit(tenant_at(it->second))) return;
    }
  }

  void clear();

 private:
  static constexpr std::uint32_t kAbsent = base::PlacedHeap<std::uint64_t>::kAbsent;

  struct Tenant {
    std::int64_t tag = 0;
    std::uint32_t lanes = 0;                        // with work
    std::array<std::uint32_t, 64> lanes_by_pool{};  // of these: that the pool may serve
    base::PlacedHeap<std::uint64_t> by_arrival;
    bool touched = false;
  };
  static std::uint32_t place(TenantId tenant) { return tenant.valid() ? tenant.value + 1 : 0; }
  static TenantId tenant_at(std::uint32_t place) {
    return place == 0 ? TenantId::none() : TenantId{place - 1};
  }
  void join(const View& view, LaneId lane);
  auto moved();

  bool several_ = false;
  bool seen_one_ = false;
  TenantId only_;
  std::vector<Tenant> tenants_;
  std::vector<std::uint32_t> lane_places_;
  std::vector<std::uint64_t> lane_pools_;  // as counted
  std::set<std::pair<std::int64_t, std::uint32_t>> by_tag_;
  std::vector<std::uint32_t> touched_;
};

}  // namespace steelyard::strategy
