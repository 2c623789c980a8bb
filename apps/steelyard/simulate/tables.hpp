#pragma once

#include <string>
#include <vector>

#include "simulate/run.hpp"

namespace steelyard::cli {

/// What the strategies made of the same workload, for people.
[[nodiscard]] std::string comparison_table(const sim::Scenario& scenario,
                                           const std::vector<Simulated>& all);

}  // namespace steelyard::cli
