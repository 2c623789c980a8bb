#pragma once

#include <climits>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <variant>

#include "steelyard/strategy/view.hpp"

namespace steelyard::strategy {

/// Why a decision was made; counted per strategy, shown in the statistics and by `explain`.
enum class Reason : std::uint8_t {
  Oldest,       ///< the longest waiting job, priority counted in
  SameState,    ///< needs what the worker already holds
  SwitchState,  ///< worth loading another state
  OwnValue,     ///< smallest value of a user's own strategy
  Fallback,     ///< the strategy's answer was not allowed; the oldest job was taken instead
  NothingToDo,  ///< no lane this worker may serve has work
  Guard,        ///< it would have waited too long: its state is loaded whatever that costs
  Owed,         ///< its user is owed more than the affinity to a state may cost
  Cleared,      ///< nobody holds its state, and it clears its waiting jobs fastest
  Replicated,   ///< those who hold its state have so much to do that another copy pays
  Waiting,      ///< nothing worth a load yet: waits for the holder, or until more has gathered
  FewestBusy,   ///< its user occupies the fewest slots
};
inline constexpr std::size_t kReasonCount = 12;
[[nodiscard]] std::string_view to_string(Reason reason);

/// Give the worker up to `max_jobs` from the front of `lane`.
struct Serve {
  LaneId lane;
  std::uint32_t max_jobs = 1;
  Reason why = Reason::Oldest;
};

/// Give the worker nothing: until something changes, or at the latest at `until`.
struct Stay {
  std::optional<TimePoint> until;
  Reason why = Reason::NothingToDo;
};

using Choice = std::variant<Serve, Stay>;

enum class LaneChange : std::uint8_t {
  HeadChanged,  ///< another job is first, or the lane has work again
  Grew,         ///< the same job is first; how many wait behind it has changed
  Emptied,      ///< nothing waits any more
};

enum class WorkerChange : std::uint8_t {
  Joined,
  RoomChanged,   ///< jobs were assigned or finished, or it began to drain
  StateChanged,  ///< it holds another state, or one more or less
  Left,
};

/// What an attempt took, as measured by its worker.
struct Measurement {
  WorkerId worker;
  LaneId lane;
  Duration load_time{};  ///< zero: nothing had to be loaded
  Duration run_time{};
};

/// Thrown in place of an answer that took longer than it may; the core counts it as such.
struct TooSlow : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Decides which lane a worker with room serves, and which worker gets a lane's new work.
///
/// The core owns the lanes and does all book-keeping; a strategy only ranks. The core checks every
/// answer: a lane that is empty or not allowed to the worker is replaced by the oldest job
/// (Reason::Fallback) and counted. A lane whose state cannot be loaded yet, because running jobs
/// still need what is held, makes the worker wait for them.
/// Contract: deterministic; no clock, thread or I/O; answers depend on the view and, for taking
/// turns, on earlier answers (an index kept through the `…_changed` calls may speed them up, never
/// change them). Thread safety: none; one scheduler owns one strategy. Exceptions count as a wrong
/// answer.
class Strategy {
 public:
  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  /// `worker` has room: which lane does it serve?
  virtual Choice choose(const View& view, WorkerId worker) = 0;

  /// `lane` has new work: which worker is asked (by `choose`) first? It must have room and be
  /// allowed, and one with a free slot goes before one without; nullopt: the work waits until a
  /// worker asks. The default prefers a worker that holds the lane's state, then one that holds
  /// nothing, then the first. Cost: O(workers).
  virtual std::optional<WorkerId> place(const View& view, LaneId lane);

  virtual void lane_changed(const View& /*view*/, LaneId /*lane*/, LaneChange /*change*/) {}
  virtual void worker_changed(const View& /*view*/, WorkerId /*worker*/, WorkerChange /*change*/) {}
  virtual void measured(const View& /*view*/, const Measurement& /*measurement*/) {}

  /// Forget every index and build it anew from `view`. Called when the pools change; never changes
  /// the next decision.
  virtual void rebuild(const View& /*view*/) {}

 protected:
  /// The default of `place`, among the workers for which `wants(worker)`.
  template <class Wants>
  [[nodiscard]] static std::optional<WorkerId> place_among(const View& view, LaneId lane,
                                                           Wants&& wants) {
    const StateId state = view.lane(lane).state;
    std::optional<WorkerId> best;
    int best_rank = INT_MAX;
    const std::span<const Worker> workers = view.workers();
    for (std::uint32_t i = 0; i < workers.size(); ++i) {
      const Worker& worker = workers[i];
      if (!worker.has_room() || !view.allowed(WorkerId{i}, lane) || !wants(worker)) continue;
      const int affinity = worker.holds(state) ? 0 : worker.held.empty() ? 1 : 2;
      const int rank = (worker.has_free_slot() ? 0 : 3) + affinity;
      if (rank < best_rank) {
        best_rank = rank;
        best = WorkerId{i};
      }
    }
    return best;
  }
};

}  // namespace steelyard::strategy
