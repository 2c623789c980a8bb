#pragma once

#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

namespace fleet {

/// A job's result: the device's response, and how long the device kept the worker waiting.
/// As text: "1 0.25".
struct Answer {
  double value = 0;
  double seconds = 0;

  friend bool operator==(const Answer&, const Answer&) = default;
};

[[nodiscard]] std::string to_text(const Answer& answer);
/// Errors: Malformed.
[[nodiscard]] steelyard::Result<Answer> parse_answer(std::string_view text);

/// A number as people write it: "512", "0.3".
[[nodiscard]] std::string shown(double number);

}  // namespace fleet
