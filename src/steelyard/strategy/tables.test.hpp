#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

/// The tables that a scheduler would keep, changed by hand. Strategies under `tell` hear of each
/// change as they would from a scheduler.
class Tables {
 public:
  struct LaneOf {
    std::optional<std::uint32_t> state{};
    std::int32_t priority = 0;
    std::uint64_t pools = 1;  ///< bit p: workers of pool p may serve it
    std::optional<std::uint32_t> user{};
  };
  struct WorkerOf {
    std::uint32_t pool = 0;
    std::uint32_t slots = 1;
    double weight = 1.0;
    std::optional<std::uint32_t> state{};
    std::uint32_t max_states = 1;
  };
  /// A waiting job.
  struct Waiting {
    TimePoint arrival;
    std::uint64_t order = 0;
  };

  Tables();

  void tell(Strategy& strategy) { told_.push_back(&strategy); }
  [[nodiscard]] Estimates& estimates() { return estimates_; }
  [[nodiscard]] Shares& shares() { return shares_; }
  [[nodiscard]] const View& view() const { return view_; }
  [[nodiscard]] TimePoint now() const { return view_.now(); }
  void pass(Duration duration) { view_.set_now(now() + duration); }

  LaneId lane(const LaneOf& lane);
  /// A job arrives now.
  void arrive(LaneId id);
  /// A lane with one job that arrives now.
  LaneId waiting_lane(const LaneOf& of);
  /// The first job is taken out.
  Waiting take(LaneId id);
  /// A job that was taken out before all that wait is put back at the front.
  void give_back(LaneId id, Waiting job);
  /// Changes who may serve the lanes and has every strategy rebuild, as when pools come and go.
  void set_pools(const std::function<std::uint64_t(LaneId)>& pools_of);

  WorkerId join(const WorkerOf& worker);
  /// A worker joins under a number that is free.
  void join(WorkerId id, const WorkerOf& worker);
  void leave(WorkerId id);
  void drain(WorkerId id);
  void hold(WorkerId id, StateId state);
  void assign(WorkerId id);
  void finish(WorkerId id);

 private:
  void count(LaneId id, TimePoint arrival, bool comes);
  void head_changed(LaneId id);
  void tell_lane(LaneId id, LaneChange change);
  void tell_worker(WorkerId id, WorkerChange change);

  std::vector<Lane> lanes_;
  std::vector<std::deque<Waiting>> jobs_;
  std::vector<LaneId> waiting_;
  std::vector<Worker> workers_;
  std::vector<State> states_;
  Estimates estimates_;
  Shares shares_;
  View view_;
  std::vector<Strategy*> told_;
  std::uint64_t orders_ = 0;
};

/// Tables with a strategy that hears of their changes.
template <class StrategyType>
struct Told : Tables {
  template <class... Arguments>
  explicit Told(Arguments&&... arguments) : strategy(std::forward<Arguments>(arguments)...) {
    tell(strategy);
  }
  StrategyType strategy;
};

/// The lane that `strategy` lets `worker` serve; none() when it stays.
[[nodiscard]] LaneId served(Strategy& strategy, const Tables& tables, WorkerId worker);

/// Why it does.
[[nodiscard]] Reason reason(Strategy& strategy, const Tables& tables, WorkerId worker);

}  // namespace steelyard::strategy
