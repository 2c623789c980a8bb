#pragma once

#include <cstdint>
#include <string>

#include "steelyard/runtime/zmq/completions.hpp"

namespace steelyard::cli {

/// What is printed of news of a job before its answer.
struct NewsText {
  std::string output;  ///< partial results, or JSON objects
  std::string errors;  ///< sentences for people
};

/// News of the job of line `tag` + 1: partial results as they are, or, with `json`, an object per
/// piece of news with line and partial (or partial_base64), progress, restarted or gap. Progress is
/// a sentence only where no bar shows it.
[[nodiscard]] NewsText news_text(const Completion& news, bool json, bool has_bar);

}  // namespace steelyard::cli
