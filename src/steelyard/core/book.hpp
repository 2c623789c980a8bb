#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/core/job_table.hpp"
#include "steelyard/core/ledger.hpp"
#include "steelyard/strategy/view.hpp"

namespace steelyard::core {

/// Keeps the ledgers: in total, per queue and per user. Every movement of a job passes through
/// here, so that a movement that is not below cannot be made; docs/protocol.md#life-of-a-job has
/// the whole table.
///
///     accepted ─► delayed ─► queued ─► running ─► returning ─► finished | failed | cancelled |
///                  ▲   └──────┼──┬───────┘ │         ▲ │         expired | quarantined
///                  │          └──┼─────────┼─────────┘ │                        │
///                  └─────────────┼─────────┘           │                        │
///                       queued ◄─┴─────────────────────┴────────────────────────┘
///
/// A running job that is forwarded is queued in another lane, perhaps of another queue.
class Book {
 public:
  /// `as`: Queued or Delayed.
  void accepted(const strategy::Lane& lane, JobState as);
  /// A job that the log knew. With Stored it had ended as `outcome` says.
  void restored(const strategy::Lane& lane, JobState as, Outcome outcome);
  /// A waiting job is refused after all, because it could not be written down.
  void taken_back(const strategy::Lane& lane, JobState from);
  /// A delayed job's time has come.
  void due(const strategy::Lane& lane);
  void assigned(const strategy::Lane& lane, Duration waited);
  /// The attempt ended without an answer; the job waits again, as `to` says.
  void returned(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how, JobState to);
  /// The attempt ended and the job is answered.
  void answered(const strategy::Lane& lane, std::uint64_t AttemptLedger::*how);
  /// The attempt completed, and the job is queued elsewhere.
  void forwarded(const strategy::Lane& from, const strategy::Lane& to);
  /// A waiting job is answered without an attempt.
  void answered_unstarted(const strategy::Lane& lane, JobState from);
  /// The worker that kept the result has lost it; the job is queued again.
  void result_lost(const strategy::Lane& lane);
  /// The requester has the answer, or nobody wants it.
  void settled(const strategy::Lane& lane, Outcome outcome);
  /// A quarantined job is to run once more.
  void released(const strategy::Lane& lane);
  /// A quarantined job is given up.
  void dropped(const strategy::Lane& lane);
  void measured(const strategy::Lane& lane, Duration run_time);

  [[nodiscard]] const Counters& total() const { return total_; }
  [[nodiscard]] const std::vector<Counters>& by_queue() const { return by_queue_; }
  [[nodiscard]] const std::vector<Counters>& by_tenant() const { return by_tenant_; }
  /// By queue; one in which nothing was assigned yet may not be there.
  [[nodiscard]] const std::vector<TimeSpread>& spread_by_queue() const { return spread_by_queue_; }
  [[nodiscard]] std::uint64_t queued(QueueId queue) const {
    return queue.index() < by_queue_.size() ? by_queue_[queue.index()].jobs.queued : 0;
  }
  /// Queued or delayed: those that a limit counts.
  [[nodiscard]] std::uint64_t waiting() const { return total_.jobs.waiting(); }
  [[nodiscard]] std::uint64_t waiting(QueueId queue) const {
    return queue.index() < by_queue_.size() ? by_queue_[queue.index()].jobs.waiting() : 0;
  }
  [[nodiscard]] std::uint64_t waiting(TenantId tenant) const {
    return tenant.valid() && tenant.index() < by_tenant_.size()
               ? by_tenant_[tenant.index()].jobs.waiting()
               : 0;
  }

 private:
  template <class Change>
  void each(const strategy::Lane& lane, Change&& change);
  void move(const strategy::Lane& lane, std::uint64_t JobLedger::*from,
            std::uint64_t JobLedger::*to);

  Counters total_;
  std::vector<Counters> by_queue_;
  std::vector<Counters> by_tenant_;
  std::vector<TimeSpread> spread_by_queue_;
};

}  // namespace steelyard::core
