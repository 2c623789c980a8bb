#pragma once

#include <cstdint>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::core {

class Scheduler;

/// When a waiting job will begin, counted from now.
struct StartEstimate {
  Duration soonest{};   ///< if every worker that may run it did nothing else
  Duration expected{};  ///< if those who hold its state go on as they do
  Duration latest{};    ///< if nine of ten runs and loads take no longer than usual
  bool never = false;   ///< no worker may run it
};

/// The estimate for a job of `lane` with `ahead` jobs before it: a heuristic, made of the learned
/// load and run times and of who holds the state; what other users and states will ask for
/// meanwhile is not foreseen. Cost: O(1).
[[nodiscard]] StartEstimate start_estimate(const Scheduler& scheduler, LaneId lane,
                                           std::uint64_t ahead);

/// How good the estimates were, of the jobs for which one was made when they came.
struct EstimateQuality {
  std::uint64_t jobs = 0;    ///< that have begun since
  std::uint64_t within = 0;  ///< of these: neither sooner nor later than was said
  Duration error{};          ///< sum of the distances from what was expected
  Duration waited{};         ///< sum of how long they waited
};

}  // namespace steelyard::core
