#pragma once

#include <array>
#include <cstdint>

#include "steelyard/strategy/load.hpp"
#include "steelyard/strategy/oldest.hpp"

namespace steelyard::strategy {

/// New work goes to the worker with the fewest jobs per unit of weight. Which job is first is
/// decided as by `oldest`.
///
/// Guarantee (tested): no allowed worker with a free slot has a smaller assigned/weight than the
/// one that is asked, and without a free slot anywhere none with room has; of equals the one on the
/// less busy machine is asked, and of these the one asked longest ago. Cost: `place` O(pools),
/// `worker_changed` O(log workers).
class LeastLoaded : public Oldest {
 public:
  std::optional<WorkerId> place(const View& view, LaneId lane) override;
  void worker_changed(const View& view, WorkerId worker, WorkerChange change) override;
  void rebuild(const View& view) override;

 private:
  void index(const View& view, WorkerId worker);

  /// Per pool, the workers that have room.
  std::array<base::IndexedHeap<Load>, 64> workers_by_pool_;
  std::vector<std::uint64_t> turns_;  // by worker: when it was last given work
  std::uint64_t turn_ = 0;
};

}  // namespace steelyard::strategy
