#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/core/job_list.hpp"
#include "steelyard/core/lane_table.hpp"
#include "steelyard/core/options.hpp"
#include "steelyard/core/unstarted.hpp"
#include "steelyard/strategy/view.hpp"

namespace steelyard::core {

/// What the core knows of a worker beside what strategies see.
struct WorkerRecord {
  PrincipalId principal;
  JobList leases;              ///< in the order of assignment
  JobList kept;                ///< whose results it keeps, in the order in which they fall due
  Unstarted unstarted;         ///< those of them that are beyond its slots
  bool has_free_slot = false;  ///< as it was counted last
  TimePoint last_heard;
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t switches = 0;  ///< assignments that made it load another state
};

/// The joined workers and the pools they form: workers alike in queues and priority window.
///
/// Cost: `join` and `leave` O(queues · log), everything else O(1). Thread safety: none.
class WorkerTable {
 public:
  /// Errors: TooManyWorkers, TooManyPools; nothing changed.
  [[nodiscard]] Result<void> join(const WorkerJoined& event, TimePoint now,
                                  std::uint32_t max_workers);
  /// Requires: it has no leases and keeps no results.
  void leave(WorkerId id);

  [[nodiscard]] bool joined(WorkerId id) const {
    return id.index() < infos_.size() && infos_[id.index()].joined;
  }
  [[nodiscard]] strategy::Worker& info(WorkerId id) { return infos_[id.index()]; }
  [[nodiscard]] const strategy::Worker& info(WorkerId id) const { return infos_[id.index()]; }
  [[nodiscard]] WorkerRecord& record(WorkerId id) { return records_[id.index()]; }
  [[nodiscard]] const WorkerRecord& record(WorkerId id) const { return records_[id.index()]; }
  [[nodiscard]] const std::vector<strategy::Worker>& infos() const { return infos_; }
  [[nodiscard]] const std::vector<std::uint32_t>& holders() const { return holders_; }
  [[nodiscard]] std::uint32_t joined_count() const { return joined_count_; }
  /// Bit p: a worker of pool p has a free slot.
  [[nodiscard]] std::uint64_t pools_with_free_slot() const { return pools_with_free_slot_; }
  /// To be told when the worker was given a job, or is rid of one, or takes no more.
  void count_free_slot(WorkerId id);

  /// What the worker holds from now on; keeps the count of holders.
  void set_state(WorkerId id, StateId state);

  /// Bit p: pool p serves this lane's queue and priority.
  [[nodiscard]] std::uint64_t pools_for(const LaneKey& key) const;
  /// Whether the last join or leave changed which pools there are.
  [[nodiscard]] bool take_pools_changed();
  [[nodiscard]] std::span<const QueueId> queues(WorkerId id) const;
  [[nodiscard]] std::pair<std::int32_t, std::int32_t> priority_window(WorkerId id) const;

 private:
  struct Pool {
    std::vector<QueueId> queues;  // sorted
    std::int32_t priority_min = 0;
    std::int32_t priority_max = 0;
    std::uint32_t workers = 0;  // 0: the place is free
    std::uint32_t with_free_slot = 0;
  };

  /// The pool with this profile, made now if needed; none() when all are taken.
  PoolId enter_pool(const WorkerProfile& profile);

  std::vector<strategy::Worker> infos_;
  std::vector<WorkerRecord> records_;
  std::vector<std::uint32_t> holders_;  // by state
  std::vector<Pool> pools_;
  std::uint32_t joined_count_ = 0;
  std::uint64_t pools_with_free_slot_ = 0;
  bool pools_changed_ = false;
};

}  // namespace steelyard::core
