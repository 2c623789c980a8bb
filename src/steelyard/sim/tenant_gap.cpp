#include "steelyard/sim/tenant_gap.hpp"

#include <algorithm>

#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

TenantGap::TenantGap(const std::vector<double>& weights) : pairs_(weights.size() * weights.size()) {
  for (const double weight : weights) {
    tenants_.emplace_back();
    tenants_.back().weight = weight;
  }
}

void TenantGap::queue_changed(TimePoint now, TenantId tenant, int by) {
  if (!tenant.valid()) return;
  Tenant& changed = tenants_[tenant.index()];
  const bool was_waiting = changed.queued > 0;
  look(now, tenant.index());
  changed.queued += by;
  if (!was_waiting && changed.queued > 0) restart(now, tenant.index());
}

void TenantGap::service_changed(TimePoint now, TenantId tenant, int by) {
  if (!tenant.valid()) return;
  Tenant& changed = tenants_[tenant.index()];
  look(now, tenant.index());
  changed.served_s = served(changed, now);
  changed.since = now;
  changed.workers += by;
}

double TenantGap::served(const Tenant& tenant, TimePoint now) {
  const auto workers = static_cast<double>(tenant.workers);
  return tenant.served_s + workers * in_seconds(now - tenant.since) / tenant.weight;
}

/// Between two changes all differences move in straight lines, so that it is enough to look at the
/// tenant's own when it changes.
void TenantGap::look(TimePoint now, std::size_t place) {
  if (tenants_[place].queued == 0) return;
  const double own = served(tenants_[place], now);
  for (std::size_t other = 0; other < tenants_.size(); ++other) {
    if (other == place || tenants_[other].queued == 0) continue;
    Pair& pair = pairs_[std::max(place, other) * tenants_.size() + std::min(place, other)];
    const double difference = (own - served(tenants_[other], now)) * (place > other ? 1.0 : -1.0);
    pair.least = std::min(pair.least, difference);
    pair.most = std::max(pair.most, difference);
    worst_s_ = std::max(worst_s_, pair.most - pair.least);
  }
}

void TenantGap::restart(TimePoint now, std::size_t place) {
  const double own = served(tenants_[place], now);
  for (std::size_t other = 0; other < tenants_.size(); ++other) {
    const double difference = (own - served(tenants_[other], now)) * (place > other ? 1.0 : -1.0);
    pairs_[std::max(place, other) * tenants_.size() + std::min(place, other)] = {difference,
                                                                                 difference};
  }
}

}  // namespace steelyard::sim
