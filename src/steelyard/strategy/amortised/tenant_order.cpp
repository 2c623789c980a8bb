#include "steelyard/strategy/amortised/tenant_order.hpp"

#include <bit>

namespace steelyard::strategy {
namespace {

constexpr std::size_t kLanesLookedAt = 16;
constexpr std::uint32_t kUsersLookedAt = 64;

}  // namespace

auto TenantOrder::moved() {
  return [this](std::uint32_t lane, std::uint32_t at) { lane_places_[lane] = at; };
}

/// The first user is alone; with the second one all that waits is counted.
void TenantOrder::lane_began(const View& view, LaneId lane) {
  const TenantId tenant = view.lane(lane).tenant;
  if (several_) return join(view, lane);
  if (!seen_one_) {
    seen_one_ = true;
    only_ = tenant;
  }
  if (tenant == only_) return;
  several_ = true;
  for (const LaneId waiting : view.waiting_lanes()) join(view, waiting);
  if (lane.index() >= lane_places_.size() || lane_places_[lane.index()] == kAbsent) {
    join(view, lane);
  }
}

void TenantOrder::join(const View& view, LaneId lane) {
  const Lane& joining = view.lane(lane);
  if (lane.index() >= lane_places_.size()) {
    lane_places_.resize(lane.index() + 1, kAbsent);
    lane_pools_.resize(lane.index() + 1, 0);
  }
  if (lane_places_[lane.index()] != kAbsent) return;
  const std::uint32_t at = place(joining.tenant);
  if (at >= tenants_.size()) tenants_.resize(at + 1);
  Tenant& tenant = tenants_[at];
  if (tenant.lanes++ == 0) {
    tenant.tag = view.shares().tag(joining.tenant);
    by_tag_.emplace(tenant.tag, at);
  }
  lane_pools_[lane.index()] = joining.pools;
  for (std::uint64_t pools = joining.pools; pools != 0; pools &= pools - 1) {
    ++tenant.lanes_by_pool[static_cast<std::size_t>(std::countr_zero(pools))];
  }
  tenant.by_arrival.insert(lane.value, joining.head_order, moved());
}

void TenantOrder::lane_ended(const View& view, LaneId lane) {
  if (!several_ || lane.index() >= lane_places_.size()) return;
  if (lane_places_[lane.index()] == kAbsent) return;
  const std::uint32_t at = place(view.lane(lane).tenant);
  Tenant& tenant = tenants_[at];
  tenant.by_arrival.erase(lane_places_[lane.index()], moved());
  for (std::uint64_t pools = lane_pools_[lane.index()]; pools != 0; pools &= pools - 1) {
    --tenant.lanes_by_pool[static_cast<std::size_t>(std::countr_zero(pools))];
  }
  if (--tenant.lanes == 0) by_tag_.erase({tenant.tag, at});
}

void TenantOrder::head_changed(const View& view, LaneId lane) {
  if (!several_ || lane.index() >= lane_places_.size()) return;
  if (lane_places_[lane.index()] == kAbsent) return;
  const Lane& changed = view.lane(lane);
  tenants_[place(changed.tenant)].by_arrival.update(lane_places_[lane.index()], changed.head_order,
                                                    moved());
}

void TenantOrder::touch(TenantId tenant) {
  const std::uint32_t at = place(tenant);
  if (!several_ || at >= tenants_.size() || tenants_[at].touched) return;
  tenants_[at].touched = true;
  touched_.push_back(at);
}

void TenantOrder::refresh(const View& view) {
  for (const std::uint32_t at : touched_) {
    Tenant& tenant = tenants_[at];
    tenant.touched = false;
    const std::int64_t tag = view.shares().tag(tenant_at(at));
    if (tag == tenant.tag) continue;
    if (tenant.lanes > 0) {
      auto node = by_tag_.extract({tenant.tag, at});
      node.value().first = tag;
      by_tag_.insert(std::move(node));
    }
    tenant.tag = tag;
  }
  touched_.clear();
}

std::optional<std::int64_t> TenantOrder::smallest_tag(PoolId pool) const {
  std::uint32_t left = kUsersLookedAt;
  for (const auto& [tag, at] : by_tag_) {
    if (tenants_[at].lanes_by_pool[pool.index()] > 0) return tag;
    if (--left == 0) break;
  }
  return std::nullopt;
}

LaneId TenantOrder::owed_lane(const View& view, PoolId pool) const {
  std::uint32_t left = kUsersLookedAt;
  for (const auto& [tag, at] : by_tag_) {
    const Tenant& tenant = tenants_[at];
    if (tenant.lanes_by_pool[pool.index()] == 0) {
      if (--left == 0) break;
      continue;
    }
    LaneId best;
    for (std::size_t i = 0; i < tenant.by_arrival.size() && i < kLanesLookedAt; ++i) {
      const LaneId lane{tenant.by_arrival.member_at(i)};
      const bool may = ((view.lane(lane).pools >> pool.value) & 1) != 0;
      if (!may) continue;
      if (!best.valid() || view.lane(lane).head_order < view.lane(best).head_order) best = lane;
    }
    return best;
  }
  return LaneId::none();
}

void TenantOrder::clear() {
  tenants_.clear();
  lane_places_.clear();
  lane_pools_.clear();
  by_tag_.clear();
  touched_.clear();
}

}  // namespace steelyard::strategy
