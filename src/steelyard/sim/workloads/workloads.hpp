#pragma once

#include "steelyard/sim/catalogue.hpp"

/// The workloads, each in a file of its own.
namespace steelyard::sim {

[[nodiscard]] Workload six_jobs();
[[nodiscard]] Workload burst();
[[nodiscard]] Workload poisson();
[[nodiscard]] Workload zipf();
[[nodiscard]] Workload gamma_bursts();
[[nodiscard]] Workload rotation();
[[nodiscard]] Workload flash_crowd();
[[nodiscard]] Workload hot_and_cold();
[[nodiscard]] Workload overload();
[[nodiscard]] Workload uneven_loads();
[[nodiscard]] Workload unknown_loads();
[[nodiscard]] Workload worker_deaths();
[[nodiscard]] Workload tenants();
[[nodiscard]] Workload crowd();

}  // namespace steelyard::sim
