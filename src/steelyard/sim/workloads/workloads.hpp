#pragma once

#include "steelyard/sim/catalogue.hpp"

/// The workloads, each in a file of its own.
namespace steelyard::sim {

[[nodiscard]] Workload six_jobs();
[[nodiscard]] Workload burst();
[[nodiscard]] Workload poisson();
[[nodiscard]] Workload zipf();
[[nodiscard]] Workload hot_and_cold();
[[nodiscard]] Workload overload();

}  // namespace steelyard::sim
