#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/strategy/view.hpp"

namespace steelyard::strategy {

/// The users with waiting jobs, whoever is owed most first.
///
/// Costs nothing while there is one user only. Cost otherwise: O(log users) per change of a tag,
/// after which `refresh` is to be called, O(pools) per lane that begins or ends; questions look at
/// kLookedAt users or lanes at most. Thread safety: none.
class TenantOrder {
 public:
  /// A lane has work (again), or none any more.
  void lane_began(const View& view, LaneId lane);
  void lane_ended(const View& view, LaneId lane);
  /// The user was or will be charged for something.
  void touch(TenantId tenant);
  /// Takes in the tags of those who were touched.
  void refresh(const View& view);

  [[nodiscard]] bool several() const { return several_; }
  /// The smallest tag among users with jobs that the pool may run.
  [[nodiscard]] std::optional<std::int64_t> smallest_tag(PoolId pool) const;
  /// A lane of the one who is owed most, that the pool may serve: the oldest of a few.
  [[nodiscard]] LaneId owed_lane(const View& view, PoolId pool) const;

  /// Visits those who are owed most, roughly in order, until `visit(tenant)` returns true.
  template <class Visit>
  void each(std::size_t at_most, Visit&& visit) const {
    for (std::size_t i = 0; i < by_tag_.size() && i < at_most; ++i) {
      if (visit(tenant_at(by_tag_.member_at(i)))) return;
    }
  }

  void clear();

 private:
  static constexpr std::uint32_t kAbsent = 0xffff'ffff;
  static constexpr std::size_t kLookedAt = 128;

  struct Tenant {
    std::uint32_t lanes = 0;                        // with work
    std::uint32_t first_lane = kAbsent;             // of these, latest first
    std::array<std::uint32_t, 64> lanes_by_pool{};  // of these: that the pool may serve
    bool touched = false;
  };
  struct Link {
    std::uint64_t pools = 0;  // as counted
    std::uint32_t next = kAbsent;
    std::uint32_t previous = kAbsent;
    bool is_linked = false;
  };
  static std::uint32_t place(TenantId tenant) { return tenant.valid() ? tenant.value + 1 : 0; }
  static TenantId tenant_at(std::uint32_t place) {
    return place == 0 ? TenantId::none() : TenantId{place - 1};
  }
  void join(const View& view, LaneId lane);
  [[nodiscard]] std::optional<std::uint32_t> most_owed(PoolId pool) const;

  bool several_ = false;
  bool seen_one_ = false;
  TenantId only_;
  std::vector<Tenant> tenants_;
  std::vector<Link> links_;                 // by lane
  base::IndexedHeap<std::int64_t> by_tag_;  // those with work
  std::vector<std::uint32_t> touched_;
};

}  // namespace steelyard::strategy
