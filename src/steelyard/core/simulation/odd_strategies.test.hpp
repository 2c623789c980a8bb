#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "steelyard/base/random.hpp"
#include "steelyard/strategy/strategy.hpp"

/// Strategies that nobody should write, and that the scheduler must survive.
namespace steelyard::core {

/// Answers at random: sometimes rightly, mostly not, and throws wherever it can.
class Nonsense final : public strategy::Strategy {
 public:
  explicit Nonsense(std::uint64_t seed) : random_(seed) {}

  strategy::Choice choose(const strategy::View&, WorkerId) override {
    throw_at_times();
    return strategy::Serve{LaneId{below(12)}, below(3), strategy::Reason(below(9))};
  }
  std::optional<WorkerId> place(const strategy::View&, LaneId) override {
    throw_at_times();
    return WorkerId{below(9)};
  }
  void lane_changed(const strategy::View&, LaneId, strategy::LaneChange) override {
    throw_at_times();
  }
  void worker_changed(const strategy::View&, WorkerId, strategy::WorkerChange) override {
    throw_at_times();
  }
  void rebuild(const strategy::View&) override { throw_at_times(); }

 private:
  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  }
  void throw_at_times() {
    if (below(4) == 0) throw std::runtime_error("nonsense");
  }
  base::Random random_;
};

/// Serves a lane only when its first job has waited for a while, and wants to be asked again then.
class Hesitant final : public strategy::Strategy {
 public:
  strategy::Choice choose(const strategy::View& view, WorkerId worker) override {
    std::optional<TimePoint> soonest;
    for (const LaneId lane : view.waiting_lanes()) {
      if (!view.allowed(worker, lane)) continue;
      const TimePoint ripe = view.lane(lane).head_arrival + kPatience;
      if (ripe <= view.now()) return strategy::Serve{lane, 2, strategy::Reason::OwnValue};
      if (!soonest || ripe < *soonest) soonest = ripe;
    }
    return strategy::Stay{soonest};
  }

 private:
  static constexpr Duration kPatience = std::chrono::milliseconds(250);
};

}  // namespace steelyard::core
