#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "simulate/trial.hpp"

namespace steelyard::cli {

/// All trials as one line of JSON: {"comparisons": […], "met": true}, and the members of `more`.
[[nodiscard]] std::string trials_json(const std::vector<Tried>& all,
                                      const boost::json::object& more = {});

}  // namespace steelyard::cli
