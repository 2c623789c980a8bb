#pragma once

#include <string>
#include <vector>

#include "simulate/trial.hpp"

namespace steelyard::cli {

/// All trials as one line of JSON: {"comparisons": […], "met": true}.
[[nodiscard]] std::string trials_json(const std::vector<Tried>& all);

}  // namespace steelyard::cli
