#pragma once

#include <string>

#include "steelyard/sim/comparison.hpp"

namespace steelyard::sim {

/// What the workers did at first under each strategy, as SVG: a row for each worker, a colour for
/// each state, hatched while it is loaded, pale while few jobs of it run. At most 16 workers and 12
/// names of states are shown, and as much time as was noted (`RunOptions::timelines_until`).
/// Requires (asserted): something was noted.
[[nodiscard]] std::string timeline_plot(const Comparison& comparison);

}  // namespace steelyard::sim
