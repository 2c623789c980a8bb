#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "steelyard/sim/measures.hpp"
#include "steelyard/sim/scenario.hpp"

/// How well anybody could have done: what a strategy is measured by.
namespace steelyard::sim {

/// No schedule ends before this, whatever it knows of the future: all work and the first load of
/// each state spread over all workers without a gap, or the job that could not end earlier were it
/// alone.
[[nodiscard]] double makespan_bound_s(const Measures& measures, std::uint32_t workers);

/// A mean wait to compare with.
struct WaitReference {
  double mean_wait_s = 0;
  std::uint32_t dedicated = 0;  ///< workers that keep one state each
};

/// What the mean wait of a long run would be if every state were visited at regular intervals, the
/// intervals being the best there are. With one worker:
///
///     (Σ √(s λ (1 − ρ)))² / (2 Λ (1 − Σρ))
///
/// over the states, where s is the load time, λ the arrivals per second, ρ = λ · run time, Λ = Σλ:
/// a state that is visited every T seconds and served until nothing of it waits makes its jobs wait
/// T(1 − ρ)/2, and the loads must fit into the time that the runs leave, Σ s/T ≤ 1 − Σρ. With
/// several workers, d of them keep the d states with most arrivals, whose jobs then do not wait,
/// and the others share the rest: Σ s/T ≤ workers − d − Σρ over the rest; the best d counts.
///
/// A reference, not a bound: a strategy that stays with a busy state, because the others are rarely
/// needed, can do better than regular visits; chance makes every one do worse.
/// nullopt: the rates are unknown, or there is more work than time.
[[nodiscard]] std::optional<WaitReference> mean_wait_reference(std::span<const StateFacts> states,
                                                               std::uint32_t workers);

}  // namespace steelyard::sim
