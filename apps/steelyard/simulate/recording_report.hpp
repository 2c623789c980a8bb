#pragma once

#include <string>

#include <boost/json.hpp>

#include "simulate/recording.hpp"

namespace steelyard::cli {

/// What was recorded, whether it is done again, and how jobs fared: for people.
[[nodiscard]] std::string recording_text(const Recording& recording);

/// The same for programs.
[[nodiscard]] boost::json::object recording_json(const Recording& recording);

}  // namespace steelyard::cli
