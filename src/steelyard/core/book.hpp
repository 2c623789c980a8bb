#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/core/job_table.hpp"
#include "steelyard/core/ledger.hpp"
#include "steelyard/strategy/view.hpp"

namespace steelyard::core {

/// Keeps the ledgers: in total, per queue and per user. Every movement of a job passes through
/// here, so that a movement that is not in the table below cannot be made.
///
///     accepted ──► queued ──► running ──► returning ──► finished | failed | cancelled
///                   ▲ ▲ │        │            │ ▲
///                   │ └─┼────────┘            │ │
///                   └───┼─────────────────────┘ │   (the result was lost)
///                       └───────────────────────┘   (cancelled, stopped)
class Book {
 public:
  void accepted(const strategy::Lane& lane);
  void assigned(const strategy::Lane& lane, Duration waited);
  /// The attempt ended without an answer; the job is queued again.
  void returned_to_queue(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how);
  /// The attempt ended and the job is answered.
  void answered(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how);
  /// A queued job is answered without an attempt.
  void answered_unstarted(const strategy::Lane& lane);
  /// The worker that kept the result has lost it; the job is queued again.
  void result_lost(const strategy::Lane& lane);
  /// The requester has the answer.
  void settled(const strategy::Lane& lane, Outcome outcome);
  void measured(const strategy::Lane& lane, Duration run_time);

  [[nodiscard]] const Counters& total() const { return total_; }
  [[nodiscard]] const std::vector<Counters>& by_queue() const { return by_queue_; }
  [[nodiscard]] const std::vector<Counters>& by_tenant() const { return by_tenant_; }
  [[nodiscard]] std::uint64_t queued(QueueId queue) const {
    return queue.index() < by_queue_.size() ? by_queue_[queue.index()].jobs.queued : 0;
  }
  [[nodiscard]] std::uint64_t queued(TenantId tenant) const {
    return tenant.valid() && tenant.index() < by_tenant_.size()
               ? by_tenant_[tenant.index()].jobs.queued
               : 0;
  }

 private:
  template <class Change>
  void each(const strategy::Lane& lane, Change&& change);

  Counters total_;
  std::vector<Counters> by_queue_;
  std::vector<Counters> by_tenant_;
};

}  // namespace steelyard::core
