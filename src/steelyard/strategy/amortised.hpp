#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/strategy/amortised/fleet_index.hpp"
#include "steelyard/strategy/amortised/lane_index.hpp"
#include "steelyard/strategy/amortised/rates.hpp"
#include "steelyard/strategy/amortised/tenant_order.hpp"

namespace steelyard::strategy {

/// Loads states rarely and lets nobody starve: *stay* while there is work for what is held, *pay
/// before you leave* (a forced switch is preceded by useful work of `beta` times the load), *buy
/// only when the waiting is worth it* (another copy, or another state in place of one that is still
/// asked for, once as much waiting has gathered as leaving costs; a state beside those that are
/// held, where there is room, once as much has gathered as the load takes).
///
/// A job goes by its band (priority; an aged one rises), then by what its user is owed, then by
/// arrival, among the states a worker holds. A state that nobody holds is loaded at the latest when
/// its first job would otherwise wait longer than `max_wait` (halved per band above 0, doubled per
/// band below), or miss its own deadline. The affinity of workers to states may put a user behind
/// by `share_budget` at most.
///
/// Read about it: polling systems with switch-over times (Liu, Nain, Towsley 1992), biased
/// MaxWeight (Çelik, Borst, Whiting, Modiano 2016), online service with delay (Azar et al. 2017),
/// start-time fair queueing (Goyal, Vin, Cheng 1996). docs/strategies.md says what is proven, what
/// is tested and what is a heuristic. Cost: `choose` and `place` O(log n) with small constants;
/// both look at a bounded number of candidates.
class Amortised final : public Strategy {
 public:
  struct Options {
    /// 0: 60 s, doubled until it is at least twice the time in which all workers together load
    /// every state that is waited for.
    double max_wait_s = 0;
    double min_beta = 4;
    double theta = 1;  ///< work per holder, in loads, from which on another copy is thought of
    double kappa = 1;  ///< how much weight the loss by leaving a state has
    double share_budget_s = 30;
  };
  explicit Amortised(const Options& options);

  Choice choose(const View& view, WorkerId worker) override;
  std::optional<WorkerId> place(const View& view, LaneId lane) override;
  void lane_changed(const View& view, LaneId lane, LaneChange change) override;
  void worker_changed(const View& view, WorkerId worker, WorkerChange change) override;
  void measured(const View& view, const Measurement& measurement) override;
  void rebuild(const View& view) override;

 private:
  static constexpr Duration kShortestWait = std::chrono::seconds(60);

  using Head = LaneIndex::Head;

  /// When a group's state must be loaded, and the place in the order of arrival of the job for
  /// which that is so.
  struct Guard {
    TimePoint by = kNever;
    std::uint64_t order = 0;
    auto operator<=>(const Guard&) const = default;
  };
  /// What a worker did since it loaded something last.
  struct Visit {
    double useful_s = 0;
    double load_s = 0;  // that is to be paid for
    StateId newest;     // what it loaded
  };
  /// The group most worth loading for a worker with nothing to do, or when to look again.
  struct Candidate {
    std::optional<Head> head;  // of its work
    bool unheld = false;
    double rate = -1;
    TimePoint look_again = kNever;
  };
  [[nodiscard]] std::optional<Head> own_head(const View& view, WorkerId worker);
  [[nodiscard]] LaneId overdue(const View& view, WorkerId worker);
  [[nodiscard]] LaneId overdue_lane(const View& view, WorkerId worker);
  [[nodiscard]] LaneId owed(const View& view, WorkerId worker, const std::optional<Head>& instead);
  [[nodiscard]] Head head_of(const View& view, LaneId lane) const;
  [[nodiscard]] std::optional<Serve> worth_a_place(const View& view, WorkerId worker);
  [[nodiscard]] bool has_paid(const View& view, WorkerId worker, StateId wanted);
  [[nodiscard]] Choice load_or_wait(const View& view, WorkerId worker);
  void consider(const View& view, WorkerId worker, GroupId id, Candidate& best);
  void take_if_better(const View& view, GroupId id, Candidate& best);
  [[nodiscard]] static Serve serve(const Candidate& candidate);
  [[nodiscard]] double price_of_leaving(const View& view, WorkerId worker, const Group& group);
  [[nodiscard]] Guard guard(const View& view, GroupId group);
  [[nodiscard]] bool is_worth_loading(const View& view, const Group& group) const;
  static void estimate(const View& view, Group& group);
  void update_group(const View& view, GroupId id);
  void update_groups(const View& view, const std::vector<StateId>& states);
  void list(const View& view, GroupId id, bool unheld);
  void unlist(GroupId id);
  void count_load(const View& view, Group& group);
  void take_in_new_groups();
  [[nodiscard]] double beta(const View& view, double load_s) const;

  const Options options_;
  LaneIndex lanes_;
  FleetIndex fleet_;
  TenantOrder tenants_;
  Rates rates_;
  std::vector<Visit> visits_;                                // by worker
  std::array<base::IndexedHeap<Guard>, 64> unheld_;          // by pool: groups nobody holds
  std::array<base::IndexedHeap<double>, 64> worth_loading_;  // by pool: unheld and pressed groups
  std::vector<StateId> changed_;
  Duration max_wait_ = kShortestWait;
  double load_sum_s_ = 0;  // of the states that are waited for
};

}  // namespace steelyard::strategy
