#pragma once

#include <string>
#include <string_view>

#include "models/bigram_model.hpp"
#include "steelyard/base/result.hpp"

namespace models {

/// A job's result: what the model says, and what it cost to have the model at hand.
struct Answer {
  Prediction prediction;
  bool loaded = false;  ///< the worker had to load the model for this job
  double load_s = 0;    ///< how long that took

  friend bool operator==(const Answer&, const Answer&) = default;
};

/// As JSON: {"next":"bake","count":12,"loaded":true,"load_s":0.6}.
[[nodiscard]] std::string to_json(const Answer& answer);
/// Errors: Malformed.
[[nodiscard]] steelyard::Result<Answer> parse_answer(std::string_view json);

}  // namespace models
