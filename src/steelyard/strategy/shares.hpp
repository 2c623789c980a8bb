#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::strategy {

/// What each user has been given: start-time fair queueing (Goyal, Vin, Cheng: "Start-time fair
/// queueing", SIGCOMM 1996) over worker-seconds.
///
/// A user's tag is how much work, loads that it caused included, was done for it, divided by its
/// weight; whoever was away comes back with the tag of the virtual time, so that nothing is saved
/// up. The smallest tag is owed most. A job is charged when it is assigned, with what is expected,
/// and corrected when it was measured: what was charged too much pays for the user's next jobs.
/// Jobs without a user count together as one.
/// Invariant: tags and the virtual time never get smaller.
/// Cost: O(1). Thread safety: none.
class Shares {
 public:
  /// Requires: weight finite and > 0 (asserted).
  void set_weight(TenantId tenant, double weight);
  [[nodiscard]] double weight(TenantId tenant) const { return of(tenant).weight; }

  /// A job of the user waits (again), or waits no more.
  void waits(TenantId tenant);
  void waits_no_more(TenantId tenant);

  /// A job is given to a worker and is expected to cost `expected`.
  void charge(TenantId tenant, Duration expected);
  /// The job cost so much more (or less) than it was charged for.
  void correct(TenantId tenant, Duration difference);

  /// What an attempt was charged with, and what it cost.
  struct Settlement {
    Duration charged;
    Duration cost;
  };
  /// Corrects the charge, and counts what was worked.
  void settle(TenantId tenant, Settlement settlement) {
    correct(tenant, settlement.cost - settlement.charged);
    make(tenant).worked += settlement.cost;
  }
  /// Unweighted, of all attempts whose cost is known, loads included. It never gets smaller.
  [[nodiscard]] Duration worked(TenantId tenant) const { return of(tenant).worked; }

  /// Weighted nanoseconds. A user with waiting jobs is never behind the virtual time it came at.
  [[nodiscard]] std::int64_t tag(TenantId tenant) const { return of(tenant).tag; }
  [[nodiscard]] std::int64_t virtual_time() const { return virtual_time_; }
  /// Unweighted, in total: what the user was charged and has not got back.
  [[nodiscard]] Duration used(TenantId tenant) const {
    return of(tenant).used - of(tenant).prepaid;
  }
  [[nodiscard]] std::uint32_t waiting(TenantId tenant) const { return of(tenant).waiting; }
  /// The user's slots that are occupied.
  [[nodiscard]] std::uint32_t running(TenantId tenant) const { return of(tenant).running; }
  void began(TenantId tenant);
  void ended(TenantId tenant);

 private:
  struct Share {
    std::int64_t tag = 0;
    double weight = 1.0;
    Duration used{};
    Duration prepaid{};  // was charged too much
    Duration worked{};
    std::uint32_t waiting = 0;
    std::uint32_t running = 0;
  };
  // Jobs without a user stand before all others.
  [[nodiscard]] static std::size_t place(TenantId tenant) {
    return tenant.valid() ? tenant.index() + 1 : 0;
  }
  [[nodiscard]] const Share& of(TenantId tenant) const {
    const std::size_t at = place(tenant);
    return at < shares_.size() ? shares_[at] : kNewcomer;
  }
  Share& make(TenantId tenant) {
    const std::size_t at = place(tenant);
    if (at >= shares_.size()) shares_.resize(at + 1);
    return shares_[at];
  }
  static void add(Share& share, Duration cost);

  static const Share kNewcomer;
  std::vector<Share> shares_;
  std::int64_t virtual_time_ = 0;
};

}  // namespace steelyard::strategy
