#include "steelyard/strategy/amortised/tenant_order.hpp"

#include <bit>

namespace steelyard::strategy {

/// The first user is alone; with the second one all that waits is counted.
void TenantOrder::lane_began(const View& view, LaneId lane) {
  if (several_) return join(view, lane);
  const TenantId tenant = view.lane(lane).tenant;
  if (!seen_one_) {
    seen_one_ = true;
    only_ = tenant;
  }
  if (tenant == only_) return;
  several_ = true;
  for (const LaneId waiting : view.waiting_lanes()) join(view, waiting);
}

void TenantOrder::join(const View& view, LaneId id) {
  if (id.index() >= links_.size()) links_.resize(id.index() + 1);
  Link& link = links_[id.index()];
  if (link.is_linked) return;
  const Lane& lane = view.lane(id);
  const std::uint32_t at = place(lane.tenant);
  if (at >= tenants_.size()) tenants_.resize(at + 1);
  Tenant& tenant = tenants_[at];
  if (tenant.lanes++ == 0) by_tag_.set(at, view.shares().tag(lane.tenant));
  link = {lane.pools, tenant.first_lane, kAbsent, true};
  if (tenant.first_lane != kAbsent) links_[tenant.first_lane].previous = id.value;
  tenant.first_lane = id.value;
  for (std::uint64_t pools = lane.pools; pools != 0; pools &= pools - 1) {
    ++tenant.lanes_by_pool[static_cast<std::size_t>(std::countr_zero(pools))];
  }
}

void TenantOrder::lane_ended(const View& view, LaneId id) {
  if (id.index() >= links_.size() || !links_[id.index()].is_linked) return;
  const std::uint32_t at = place(view.lane(id).tenant);
  Tenant& tenant = tenants_[at];
  const Link link = links_[id.index()];
  links_[id.index()] = {};
  (link.previous == kAbsent ? tenant.first_lane : links_[link.previous].next) = link.next;
  if (link.next != kAbsent) links_[link.next].previous = link.previous;
  for (std::uint64_t pools = link.pools; pools != 0; pools &= pools - 1) {
    --tenant.lanes_by_pool[static_cast<std::size_t>(std::countr_zero(pools))];
  }
  if (--tenant.lanes == 0) by_tag_.erase(at);
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
    if (tenant.lanes > 0) by_tag_.set(at, view.shares().tag(tenant_at(at)));
  }
  touched_.clear();
}

/// Exact as long as there are no more than kLookedAt users with work.
std::optional<std::uint32_t> TenantOrder::most_owed(PoolId pool) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < by_tag_.size() && i < kLookedAt; ++i) {
    const std::uint32_t at = by_tag_.member_at(i);
    if (tenants_[at].lanes_by_pool[pool.index()] == 0) continue;
    if (i == 0) return at;
    const bool is_tie = best && by_tag_.key_at(i) == by_tag_.key_at(*best);
    if (!best || by_tag_.key_at(i) < by_tag_.key_at(*best) ||
        (is_tie && at < by_tag_.member_at(*best))) {
      best = i;
    }
  }
  return best ? std::optional(by_tag_.member_at(*best)) : std::nullopt;
}

std::optional<std::int64_t> TenantOrder::smallest_tag(PoolId pool) const {
  const auto tenant = most_owed(pool);
  return tenant ? std::optional(by_tag_.key_of(*tenant)) : std::nullopt;
}

LaneId TenantOrder::owed_lane(const View& view, PoolId pool) const {
  LaneId best;
  const auto tenant = most_owed(pool);
  if (!tenant) return best;
  std::size_t left = kLookedAt;
  for (std::uint32_t lane = tenants_[*tenant].first_lane; lane != kAbsent && left > 0; --left) {
    const bool may = ((links_[lane].pools >> pool.value) & 1) != 0;
    const bool is_older =
        !best.valid() || view.lane(LaneId{lane}).head_order < view.lane(best).head_order;
    if (may && is_older) best = LaneId{lane};
    lane = links_[lane].next;
  }
  return best;
}

void TenantOrder::clear() {
  tenants_.clear();
  links_.clear();
  by_tag_.clear();
  touched_.clear();
}

}  // namespace steelyard::strategy
