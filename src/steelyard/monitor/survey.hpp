#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "steelyard/monitor/report.hpp"

namespace steelyard::monitor {

/// What the workers and the waiting jobs of one queue look like now.
struct QueueNow {
  std::uint32_t workers = 0;
  std::uint32_t slots = 0;
  std::uint64_t waiting = 0;
  std::uint64_t outside_windows = 0;  ///< waiting jobs whose priority no worker's window takes
  std::optional<TimePoint> oldest;    ///< arrival of the job that waits longest
};

/// What is found by looking at all lanes, workers and running jobs once: reports that sum them up
/// are made from it. It can be done a bit at a time while the scheduler goes on; then it is true of
/// no one moment, but of each thing at some moment in between.
class Survey {
 public:
  /// All at once. Cost: O(queues + lanes + workers + their jobs).
  [[nodiscard]] static Survey of(const Sources& sources);

  /// Looks at more things, at least one, until `budget` is used up: a lane takes 1, a
  /// queue or a running job 16. Returns what is left; more than 0 says that all was looked at.
  std::uint32_t advance(const Sources& sources, std::uint32_t budget);
  [[nodiscard]] bool is_complete() const { return stage_ == Stage::Complete; }

  /// By QueueId; those that were named since it began are not there.
  [[nodiscard]] const std::vector<QueueNow>& queues() const { return queues_; }
  /// Of the jobs of all queues.
  [[nodiscard]] const core::TimeSpread& spread() const { return spread_; }
  /// Jobs that run for more than three times as long as expected.
  [[nodiscard]] std::uint64_t slow_jobs() const { return slow_jobs_; }
  /// Workers that were silent for more than two beats, but are not lost yet.
  [[nodiscard]] std::uint32_t silent_workers() const { return silent_workers_; }
  /// Of these, the one that was silent for longest.
  [[nodiscard]] WorkerId most_silent() const { return most_silent_; }

 private:
  enum class Stage { Names, Pools, Lanes, Workers, Complete };

  void add_queue(const Sources& sources);
  void look_at_pools(const Sources& sources);
  void look_at_lane(const Sources& sources, LaneId id);
  [[nodiscard]] std::uint32_t look_at_worker(const Sources& sources, WorkerId id);
  void next(Stage stage);

  Stage stage_ = Stage::Names;
  std::uint32_t place_ = 0;
  std::vector<QueueNow> queues_;
  core::TimeSpread spread_;
  std::uint64_t slow_jobs_ = 0;
  std::uint32_t silent_workers_ = 0;
  WorkerId most_silent_;
};

}  // namespace steelyard::monitor
