#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::strategy {

/// What a strategy may know of a lane: jobs alike in queue, state, user and priority, first in
/// first out.
struct Lane {
  QueueId queue;
  StateId state;              ///< none(): the jobs need no state
  TenantId tenant;            ///< none(): no user was named
  std::int32_t priority = 0;  ///< higher = sooner
  std::uint32_t waiting = 0;  ///< queued jobs
  TimePoint head_arrival;     ///< when the first waiting job arrived
  std::uint64_t head_order =
      0;                    ///< its place in the one order of arrival; unique, smaller = earlier
  std::uint64_t pools = 0;  ///< bit p: workers of pool p may serve this lane
};

/// What a strategy may know of a worker.
struct Worker {
  PoolId pool;
  StateId state;               ///< held or being loaded; none(): nothing
  std::uint32_t slots = 1;     ///< jobs it runs at once
  std::uint32_t assigned = 0;  ///< jobs it has, not yet reported done
  double weight = 1.0;         ///< how powerful it is beside others
  bool joined = false;
  bool accepting = false;  ///< joined and not draining
  bool held_up = false;    ///< has just handed jobs back, and nothing of its has ended since
  bool credit = false;     ///< may be given small jobs beyond its slots, to begin without a pause

  [[nodiscard]] bool has_free_slot() const { return accepting && !held_up && assigned < slots; }
  [[nodiscard]] bool has_room() const {
    return accepting && !held_up && (assigned < slots || credit);
  }
};

/// The scheduler's tables, read only. Every call is O(1) unless it says otherwise.
///
/// Thread safety: none; valid during the call that received it.
class View {
 public:
  View(const std::vector<Lane>& lanes, const std::vector<LaneId>& waiting,
       const std::vector<Worker>& workers, const std::vector<std::uint32_t>& holders)
      : lanes_(lanes), waiting_(waiting), workers_(workers), holders_(holders) {}

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] const Lane& lane(LaneId id) const { return lanes_[id.index()]; }
  [[nodiscard]] const Worker& worker(WorkerId id) const { return workers_[id.index()]; }

  /// Every lane with a waiting job, in no meaningful order.
  [[nodiscard]] std::span<const LaneId> waiting_lanes() const { return waiting_; }
  /// Every worker by id; those not `joined` are free places.
  [[nodiscard]] std::span<const Worker> workers() const { return workers_; }

  /// Whether `worker` may run jobs of `lane`: its queue and its priority window.
  [[nodiscard]] bool allowed(WorkerId worker, LaneId lane) const {
    const PoolId pool = workers_[worker.index()].pool;
    return pool.valid() && ((lanes_[lane.index()].pools >> pool.value) & 1) != 0;
  }
  /// How many joined workers hold (or are loading) `state`.
  [[nodiscard]] std::uint32_t holders(StateId state) const {
    return state.valid() && state.index() < holders_.size() ? holders_[state.index()] : 0;
  }

  /// For the owner of the tables only: the time of the step that is running.
  void set_now(TimePoint now) { now_ = now; }

 private:
  const std::vector<Lane>& lanes_;
  const std::vector<LaneId>& waiting_;
  const std::vector<Worker>& workers_;
  const std::vector<std::uint32_t>& holders_;
  TimePoint now_;
};

}  // namespace steelyard::strategy
