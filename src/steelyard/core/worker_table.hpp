#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/core/job_list.hpp"
#include "steelyard/core/lane_table.hpp"
#include "steelyard/core/ledger.hpp"
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
  LaneId awaits;               ///< has a free slot, but running jobs need what it would give up
  TimePoint joined_at;
  TimePoint last_heard;
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t switches = 0;     ///< assignments that made it load another state
  std::uint64_t evictions = 0;    ///< states it gave up for others
  TimeSum loading{};              ///< what it reported, of all its slots
  TimeSum working{};              ///< the same, without loading
  std::vector<StateId> preloads;  ///< that it was told to load and has not answered yet
  std::vector<Lease> overdue;     ///< of work that does not end and was given up; each has a slot
  std::uint32_t excused = 0;      ///< reports that may come late, because its leases were ended
  std::uint32_t offences = 0;     ///< reports about jobs that it never had, or had reported
};

/// The joined workers and the pools they form: workers alike in queues, priority window, tags and
/// memory for states; and which of them hold which states.
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
  [[nodiscard]] const std::vector<strategy::State>& states() const { return states_; }
  [[nodiscard]] strategy::State& state(StateId id);
  [[nodiscard]] std::uint32_t joined_count() const { return joined_count_; }
  /// Bit p: a worker of pool p has a free slot.
  [[nodiscard]] std::uint64_t pools_with_free_slot() const { return pools_with_free_slot_; }
  /// Slots of all joined workers of these pools. Cost: O(pools).
  [[nodiscard]] std::uint32_t slots_in(std::uint64_t pools) const;
  /// To be told when the worker was given a job, or is rid of one, or takes no more.
  void count_free_slot(WorkerId id);

  /// The worker holds the state from now on. Requires: it did not.
  strategy::Held& hold(WorkerId id, StateId state);
  /// The worker holds the state no longer. Returns whether it did.
  bool drop(WorkerId id, StateId state);
  [[nodiscard]] strategy::Held* held(WorkerId id, StateId state);

  /// What a pool must serve, carry and have room for.
  struct Needs {
    QueueId queue;
    std::int32_t priority = 0;
    std::span<const TagId> tags;    ///< sorted
    std::uint64_t state_bytes = 0;  ///< 0: no room is needed
  };
  /// Bit p: workers of pool p have all that.
  [[nodiscard]] std::uint64_t pools_for(const Needs& needs) const;
  /// The largest memory for states among workers that have all else; 0: there are none, or one
  /// whose memory is not limited.
  [[nodiscard]] std::uint64_t largest_memory_for(const Needs& needs) const;
  /// Whether any joined worker serves the queue. Cost: O(pools · log of their queues).
  [[nodiscard]] bool serves(QueueId queue) const;
  /// Workers that are alike.
  struct PoolInfo {
    std::span<const QueueId> queues;  ///< sorted
    std::pair<std::int32_t, std::int32_t> priority_window;
    std::uint32_t workers = 0;  ///< joined
    std::uint32_t slots = 0;    ///< of all of them
  };
  /// By PoolId; places without workers are free. Cost: O(pools).
  [[nodiscard]] std::vector<PoolInfo> pools() const;
  /// Whether the last join or leave changed which pools there are.
  [[nodiscard]] bool take_pools_changed();
  [[nodiscard]] std::span<const QueueId> queues(WorkerId id) const;
  [[nodiscard]] std::span<const TagId> tags(WorkerId id) const;
  [[nodiscard]] std::pair<std::int32_t, std::int32_t> priority_window(WorkerId id) const;
  /// The pool was made by the last join.
  [[nodiscard]] bool is_new_pool(PoolId id) const { return pools_[id.index()].workers == 1; }

 private:
  struct Pool {
    std::vector<QueueId> queues;  // sorted
    std::vector<TagId> tags;      // sorted
    std::int32_t priority_min = 0;
    std::int32_t priority_max = 0;
    std::uint64_t state_memory_bytes = 0;
    std::uint32_t workers = 0;  // 0: the place is free
    std::uint32_t with_free_slot = 0;
    std::uint32_t slots = 0;

    [[nodiscard]] bool has(const Needs& needs) const;
    [[nodiscard]] bool is_like(const Pool& other) const;
  };

  /// The pool with this profile, made now if needed; none() when all are taken.
  PoolId enter_pool(const WorkerProfile& profile);

  std::vector<strategy::Worker> infos_;
  std::vector<WorkerRecord> records_;
  std::vector<strategy::State> states_;
  std::vector<Pool> pools_;
  std::uint32_t joined_count_ = 0;
  std::uint64_t pools_with_free_slot_ = 0;
  bool pools_changed_ = false;
};

}  // namespace steelyard::core
