#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/base/random.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

/// The workers as they really are: what each holds, what it loads and runs, and when it is done.
///
/// A worker has one slot, and holds as many states as it is told to. Thread safety: none. Cost:
/// O(log workers) per call.
class Fleet {
 public:
  /// What becomes of what a worker does.
  enum class Fate : std::uint8_t { Finishes, LoadFails, Dies, Returns };

  /// What a worker does until `ends`. One that is away does nothing.
  struct Task {
    Lease lease;
    std::uint32_t job = 0;  ///< the world's own number of it
    StateId state;
    bool loads = false;  ///< the state first
    Fate fate = Fate::Finishes;
    TimePoint begins;
    TimePoint runs_from;  ///< when its state is loaded
    TimePoint ends;
  };

  /// `scenario` is read as long as the fleet exists.
  explicit Fleet(const Scenario& scenario);

  /// The worker is given a job: what it does now. Requires (asserted): it has nothing to do.
  const Task& begin(WorkerId worker, Task task, Duration run_time);
  /// The worker gives up a state.
  void evict(WorkerId worker, StateId state);

  /// When the next one is done; nullopt: all are idle.
  [[nodiscard]] std::optional<TimePoint> next_time() const;
  /// Who that is.
  [[nodiscard]] WorkerId next_worker() const { return WorkerId{ends_.top()}; }
  [[nodiscard]] const Task& task(WorkerId worker) const { return workers_[worker.index()].task; }

  /// The worker is done with what it did: it is idle, or away for a while.
  void end(WorkerId worker);

  [[nodiscard]] std::uint64_t loads() const { return loads_; }
  /// Worker-seconds spent on loading, those in vain included.
  [[nodiscard]] double loading_s() const { return loading_s_; }

 private:
  struct Worker {
    std::vector<StateId> held;
    Task task;
    bool busy = false;
  };
  [[nodiscard]] Fate fate_of_load() const;
  [[nodiscard]] Duration load_time(StateId state);

  const std::vector<StateFacts>& states_;
  const Faults& faults_;
  base::Random random_;
  std::vector<Worker> workers_;
  base::IndexedHeap<TimePoint> ends_;  // by worker that is not idle
  std::uint64_t loads_ = 0;
  double loading_s_ = 0;
};

}  // namespace steelyard::sim
