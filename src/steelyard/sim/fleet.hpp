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
/// A worker runs as many jobs at once and holds as many states as it is told to. Each job has a
/// seat; a worker's first one has the number of the worker. Thread safety: none. Cost: O(log
/// workers) per call.
class Fleet {
 public:
  /// What becomes of what a worker does.
  enum class Fate : std::uint8_t { Finishes, LoadFails, Dies, Returns };

  /// What a worker does at one of its seats until `ends`. One that is away does nothing.
  struct Task {
    WorkerId worker;
    std::uint32_t seat = 0;
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

  /// The task's worker is given a job: what it does now. It waits for a load that another job
  /// began.
  const Task& begin(Task task, Duration run_time);
  /// The worker gives up a state.
  void evict(WorkerId worker, StateId state);

  /// When the next task is done; nullopt: all are idle.
  [[nodiscard]] std::optional<TimePoint> next_time() const;
  /// Which one that is.
  [[nodiscard]] const Task& next_task() const { return tasks_[ends_.top()]; }

  /// The next task is done: its worker is idle, or away for a while.
  void end_next();

  /// Nothing that the worker does will ever be done.
  void fall_silent(WorkerId worker);
  /// The worker is gone, and may come again holding nothing. Returns what it was doing.
  std::vector<Task> leave(WorkerId worker);

  [[nodiscard]] std::uint64_t loads() const { return loads_; }
  /// Worker-seconds spent on loading, those in vain included.
  [[nodiscard]] double loading_s() const { return loading_s_; }

 private:
  struct Holding {
    StateId state;
    TimePoint loaded;
  };
  struct Worker {
    std::vector<Holding> held;
    std::vector<std::uint32_t> seats;  // where it has a task
    bool silent = false;
  };
  [[nodiscard]] std::uint32_t free_seat(WorkerId worker);
  void free(std::uint32_t seat);
  [[nodiscard]] Fate fate_of_load() const;
  [[nodiscard]] Duration load_time(StateId state);

  const std::vector<StateFacts>& states_;
  const Faults& faults_;
  base::Random random_;
  std::vector<Worker> workers_;
  std::vector<Task> tasks_;                // by seat
  std::vector<bool> taken_;                // by seat
  std::vector<std::uint32_t> free_seats_;  // none of them is a worker's first
  base::IndexedHeap<TimePoint> ends_;      // by seat with a task that will be done
  std::uint64_t loads_ = 0;
  double loading_s_ = 0;
};

}  // namespace steelyard::sim
