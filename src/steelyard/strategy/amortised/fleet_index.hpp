#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/strategy/load.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

/// The workers: who holds what, who has room, and whose state is missed least.
///
/// A worker whose room changes again and again, because each job it ends is followed by another, is
/// looked at when somebody asks about others, and costs nothing until then.
/// Cost: O(log workers of a pool · states held) per worker looked at. Thread safety: none.
class FleetIndex {
 public:
  /// States whose number of holders changed are added to `changed`.
  void update(const View& view, WorkerId worker, WorkerChange change,
              std::vector<StateId>& changed);
  /// The worker has ended a job.
  void used(const View& view, WorkerId worker);
  /// Looks at the one whose room changed last. To be called before the questions below.
  void settle(const View& view);

  /// Workers of these pools that hold the state and take jobs.
  [[nodiscard]] std::uint32_t holders(StateId state, std::uint64_t pools) const;
  /// The same over all pools.
  [[nodiscard]] std::uint32_t holders(StateId state) const;
  /// Of the workers of these pools that hold the state (none(): of all) and have room, the one that
  /// has least to do.
  [[nodiscard]] std::optional<WorkerId> with_room(StateId state, std::uint64_t pools) const;
  /// It was given work: of equals it is asked last next time.
  void take_turn(const View& view, WorkerId worker);
  /// Of the idle workers of these pools that could load the state now: one that gives up nothing
  /// for it, or what others hold too, or what was needed longest ago.
  [[nodiscard]] std::optional<WorkerId> victim(const View& view, StateId state,
                                               std::uint64_t pools) const;

  void rebuild(const View& view);

 private:
  static constexpr std::uint32_t kAbsent = base::PlacedHeap<Load>::kAbsent;

  /// The workers of a pool that hold a state; of state none(): all.
  struct Stand {
    PoolId pool;
    std::uint32_t holders = 0;     // that take jobs
    base::PlacedHeap<Load> roomy;  // of these: who have room
  };
  struct Membership {
    StateId state;
    std::uint32_t stand = 0;
    std::uint32_t place = kAbsent;  // in `roomy`
  };
  struct Seat {
    std::vector<Membership> memberships;
    bool is_listed = false;  // among those who have room
    TimePoint last_used;
    std::uint64_t turn = 0;
  };
  /// Smallest first: whom to have load something.
  struct Reluctance {
    std::uint8_t rank = 0;
    TimePoint last_used;
    auto operator<=>(const Reluctance&) const = default;
  };

  void index(const View& view, WorkerId worker, std::vector<StateId>& changed);
  void join_stands(const View& view, WorkerId worker, std::vector<StateId>& changed);
  void index_room(const View& view, WorkerId worker);
  void leave_stand(Membership& membership);
  void index_victim(const View& view, WorkerId worker);
  void rerank_holders(const View& view, StateId state);
  std::uint32_t stand_for(StateId state, PoolId pool);
  [[nodiscard]] const std::vector<std::uint32_t>& stands_of(StateId state) const;
  auto moved(StateId state);

  std::vector<Seat> seats_;  // by worker
  std::vector<Stand> stands_;
  std::vector<std::vector<std::uint32_t>> stands_by_state_;  // none() is at 0
  std::array<base::IndexedHeap<Reluctance>, 64> victims_;    // by pool
  WorkerId unsettled_;
  std::uint64_t turn_ = 0;
};

}  // namespace steelyard::strategy
