#pragma once

#include <functional>
#include <string_view>

namespace steelyard {

/// A line that a worker's program wrote to its standard error: its log.
struct ProgramLine {
  std::string_view text;  ///< without its newline, fit for a terminal, at most 2,000 bytes and " …"
  std::string_view job;  ///< the one it was working on; empty: none, or not known
};

/// Where such lines go; null: nowhere. It may be called by any number of threads at once, must not
/// throw, and must not use the task whose program wrote the line.
using ProgramSaid = std::function<void(const ProgramLine& line)>;

}  // namespace steelyard
