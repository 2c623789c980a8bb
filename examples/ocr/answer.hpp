#pragma once

#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

namespace ocr {

/// A job's result: what the page says, and what it cost to have the language at hand.
struct Answer {
  std::string text;
  bool loaded = false;  ///< the worker had to load the language for this job
  double load_s = 0;    ///< how long that took

  friend bool operator==(const Answer&, const Answer&) = default;
};

/// As JSON: {"text":"Guten Tag\n","loaded":true,"load_s":0.04}.
[[nodiscard]] std::string to_json(const Answer& answer);
/// Errors: Malformed.
[[nodiscard]] steelyard::Result<Answer> parse_answer(std::string_view json);

}  // namespace ocr
