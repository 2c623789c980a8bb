#pragma once

#include <string>

#include "steelyard/sim/comparison.hpp"

namespace steelyard::sim {

/// How long jobs waited under each strategy, as SVG: for every wait the share of the jobs that
/// waited longer, both in powers of ten, so that the few that wait longest are seen.
[[nodiscard]] std::string wait_plot(const Comparison& comparison);

}  // namespace steelyard::sim
