#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/strategy/estimates.hpp"
#include "steelyard/strategy/shares.hpp"

namespace steelyard::strategy {

inline constexpr TimePoint kNever{Duration::max()};

/// What a strategy may know of a lane: jobs alike in queue, state, user, priority and tags, first
/// in first out.
struct Lane {
  QueueId queue;
  StateId state;                     ///< none(): the jobs need no state
  TenantId tenant;                   ///< none(): no user was named
  std::int32_t priority = 0;         ///< higher = sooner
  std::uint32_t waiting = 0;         ///< queued jobs
  TimePoint head_arrival;            ///< when the first waiting job arrived
  TimePoint head_start_by = kNever;  ///< until when the first waiting job should have begun
  std::uint64_t head_order =
      0;                    ///< its place in the one order of arrival; unique, smaller = earlier
  std::uint64_t pools = 0;  ///< bit p: workers of pool p may serve this lane
  /// Sum of the waiting jobs' times of arrival in nanoseconds, modulo 2^64; see `waited`.
  std::uint64_t arrivals_ns = 0;

  /// How long the waiting jobs have waited, together.
  [[nodiscard]] Duration waited(TimePoint now) const {
    const auto now_ns = static_cast<std::uint64_t>(now.time_since_epoch().count());
    return Duration(static_cast<Duration::rep>(waiting * now_ns - arrivals_ns));
  }
};

/// A state that a worker holds or is loading.
struct Held {
  StateId state;
  std::uint32_t running = 0;  ///< of the worker's jobs, those that need it
  bool pinned = false;        ///< is not given up
  double credit = 0;          ///< the smallest is given up first; see View::evictions
};

/// What a strategy may know of a worker.
struct Worker {
  PoolId pool;
  boost::container::small_vector<Held, 1> held;  ///< in the order in which they were loaded
  std::uint32_t max_states = 1;                  ///< held at once
  std::uint32_t slots = 1;                       ///< jobs it runs at once
  std::uint32_t assigned = 0;                    ///< jobs it has, not yet reported done
  /// Slots taken by something else: states it loads ahead of any job, work that does not end.
  std::uint32_t occupied = 0;
  std::uint64_t state_memory_bytes = 0;  ///< for all states together; 0: not limited by size
  double weight = 1.0;                   ///< how powerful it is beside others
  double credit_floor = 0;               ///< credit of the last state that was given up
  std::uint8_t machine_load = 0;         ///< how busy its machine is, in tenths; 0 also: not known
  bool joined = false;
  bool accepting = false;  ///< joined and not draining
  bool held_up = false;    ///< has just handed jobs back, and nothing of its has ended since
  bool credit = false;     ///< may be given small jobs beyond its slots, to begin without a pause

  [[nodiscard]] bool has_free_slot() const {
    return accepting && !held_up && assigned + occupied < slots;
  }
  [[nodiscard]] bool has_room() const {
    return accepting && !held_up && (assigned + occupied < slots || credit);
  }
  /// Whether it holds or is loading `state`; not so for none().
  [[nodiscard]] bool holds(StateId state) const { return find(state) != nullptr; }
  [[nodiscard]] const Held* find(StateId state) const {
    for (const Held& one : held) {
      if (one.state == state) return &one;
    }
    return nullptr;
  }
};

/// What a strategy may know of a state.
struct State {
  std::uint32_t holders = 0;   ///< joined workers that hold or are loading it
  std::uint32_t waiting = 0;   ///< queued jobs that need it
  std::uint64_t bytes = 0;     ///< its size; 0: not known
  TimePoint blocked_until{};   ///< after a load that failed, nobody else loads it before
  std::uint32_t failures = 0;  ///< loads that failed in a row
};

using States = std::vector<StateId>;

/// The scheduler's tables, read only. Every call is O(1) unless it says otherwise.
///
/// Thread safety: none; valid during the call that received it.
class View {
 public:
  struct Tables {
    const std::vector<Lane>& lanes;
    const std::vector<LaneId>& waiting;
    const std::vector<Worker>& workers;
    const std::vector<State>& states;
    const Estimates& estimates;
    const Shares& shares;
  };
  explicit View(const Tables& tables) : tables_(tables) {}

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] const Lane& lane(LaneId id) const { return tables_.lanes[id.index()]; }
  [[nodiscard]] const Worker& worker(WorkerId id) const { return tables_.workers[id.index()]; }
  [[nodiscard]] const State& state(StateId id) const {
    return id.index() < tables_.states.size() ? tables_.states[id.index()] : kUnknownState;
  }

  /// Every lane with a waiting job, in no meaningful order.
  [[nodiscard]] std::span<const LaneId> waiting_lanes() const { return tables_.waiting; }
  /// Every worker by id; those not `joined` are free places.
  [[nodiscard]] std::span<const Worker> workers() const { return tables_.workers; }
  [[nodiscard]] std::uint32_t states() const {
    return static_cast<std::uint32_t>(tables_.states.size());
  }

  /// Whether `worker` may run jobs of `lane`: its queue, priority window, tags and memory.
  [[nodiscard]] bool allowed(WorkerId worker, LaneId lane) const {
    const PoolId pool = tables_.workers[worker.index()].pool;
    return pool.valid() && ((tables_.lanes[lane.index()].pools >> pool.value) & 1) != 0;
  }
  /// How many joined workers hold (or are loading) `state`.
  [[nodiscard]] std::uint32_t holders(StateId state_id) const { return state(state_id).holders; }

  /// Load and run times as learned so far.
  [[nodiscard]] const Estimates& estimates() const { return tables_.estimates; }
  /// What each user has been given so far.
  [[nodiscard]] const Shares& shares() const { return tables_.shares; }

  /// Whether a job of `state` may begin at the worker now as far as its states go: it is held, or
  /// can be loaded, because it is not blocked and there is room or room can be made.
  [[nodiscard]] bool can_have(WorkerId worker, StateId state) const;

  /// As `can_have`, once the jobs that run there have ended: pins leave room for it.
  [[nodiscard]] bool could_have(WorkerId worker, StateId state) const;

  /// Which states `worker` gives up to load `state`, which it does not hold: those with the
  /// smallest credit, unpinned ones that no running job needs, first those nobody waits for
  /// (Landlord: Young, "On-line file caching", 1998; GreedyDual-Size: Cao and Irani, 1997).
  /// nullopt: there is no room and none can be made now. Cost: O(states held · log).
  [[nodiscard]] std::optional<States> evictions(WorkerId worker, StateId state) const;

  /// For the owner of the tables only: the time of the step that is running.
  void set_now(TimePoint now) { now_ = now; }

 private:
  static constexpr State kUnknownState{};

  [[nodiscard]] bool fits(const Worker& worker, StateId state, const States& without) const;
  [[nodiscard]] std::uint64_t bytes_at(const Worker& worker, StateId id) const;

  const Tables tables_;
  TimePoint now_;
};

/// Whether `worker` would have to load the lane's state. A job without one is at home everywhere.
[[nodiscard]] inline bool needs_load(const Lane& lane, const Worker& worker) {
  return lane.state.valid() && !worker.holds(lane.state);
}

}  // namespace steelyard::strategy
