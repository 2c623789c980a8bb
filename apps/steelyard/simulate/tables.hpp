#pragma once

#include <string>
#include <vector>

#include "simulate/trial.hpp"

/// What is printed for people.
namespace steelyard::cli {

/// What the strategies made of the workload, beside what could have been made of it, and whether
/// it was as expected. `groups`: also what the jobs of each state and
/// user waited.
[[nodiscard]] std::string comparison_text(const Tried& tried, bool groups);

/// What the columns of all those tables mean.
[[nodiscard]] std::string legend(const std::vector<Tried>& all);

/// Every workload with its parameters, and every case.
[[nodiscard]] std::string list_text();

}  // namespace steelyard::cli
