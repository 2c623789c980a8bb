#pragma once

#include <chrono>
#include <string>

#include <CLI/CLI.hpp>

namespace steelyard::cli {

/// A flag with a time in seconds, which may be a fraction.
struct SecondsFlag {
  std::string name;
  std::string description;
  std::chrono::milliseconds& value;  ///< rounded to this; more than 0 is never rounded to 0
  double min = 0;
  double max = 1e6;
};
CLI::Option* add_seconds(CLI::App& command, const SecondsFlag& flag);

}  // namespace steelyard::cli
