#include "steelyard/strategy/shares.hpp"

#include <algorithm>
#include <cmath>

#include "steelyard/base/assert.hpp"

namespace steelyard::strategy {

const Shares::Share Shares::kNewcomer{};

void Shares::set_weight(TenantId tenant, double weight) {
  STEELYARD_ASSERT(std::isfinite(weight) && weight > 0);
  make(tenant).weight = weight;
}

void Shares::waits(TenantId tenant) {
  Share& share = make(tenant);
  if (share.waiting++ == 0) share.tag = std::max(share.tag, virtual_time_);
}

void Shares::waits_no_more(TenantId tenant) {
  STEELYARD_ASSERT(of(tenant).waiting > 0);
  --make(tenant).waiting;
}

void Shares::charge(TenantId tenant, Duration expected) {
  Share& share = make(tenant);
  virtual_time_ = std::max(virtual_time_, share.tag);
  const Duration prepaid = std::min(share.prepaid, expected);
  share.prepaid -= prepaid;
  add(share, expected - prepaid);
}

void Shares::correct(TenantId tenant, Duration difference) {
  Share& share = make(tenant);
  if (difference < Duration::zero()) {
    share.prepaid -= difference;
  } else {
    add(share, difference);
  }
}

void Shares::add(Share& share, Duration cost) {
  share.used += cost;
  share.tag += std::llround(static_cast<double>(cost.count()) / share.weight);
}

void Shares::began(TenantId tenant) {
  ++make(tenant).running;
}

void Shares::ended(TenantId tenant) {
  STEELYARD_ASSERT(of(tenant).running > 0);
  --make(tenant).running;
}

}  // namespace steelyard::strategy
