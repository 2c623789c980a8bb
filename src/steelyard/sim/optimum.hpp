#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/sim/arrival.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

/// The best that one worker could do who knew the future; each of the two by a schedule of its own.
struct Optimum {
  Duration makespan{};
  Duration total_wait{};
};

inline constexpr std::size_t kMaxOptimumStates = 3;
inline constexpr std::size_t kMaxOptimumJobsPerState = 8;

/// The optimum for `jobs`, which are in order of arrival, with one worker that holds nothing at
/// first. Jobs of one state are run in order of arrival; every job needs a state.
///
/// Dynamic programming over how many jobs of each state are done and which state is held; of the
/// ways to get there those are kept that no other one beats in both the time and the waits so far.
/// Errors: InvalidArgument for more than 3 states or 8 jobs of a state.
/// Cost: at most 9³·4 places with a few ways each.
[[nodiscard]] Result<Optimum> optimum(std::span<const Arrival> jobs,
                                      std::span<const StateFacts> states);

}  // namespace steelyard::sim
