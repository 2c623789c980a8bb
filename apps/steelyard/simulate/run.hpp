#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/sim/measures.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::cli {

/// `steelyard sim`.
struct Simulate {
  std::vector<std::string> words;  ///< workloads, or what to do instead
  std::vector<std::string> strategies;
  std::vector<std::string> plugins;
  std::uint32_t workers = 0;  ///< 0: as the workload says
  std::uint32_t jobs = 0;     ///< 0: as the workload says
  std::uint64_t seed = 1;
};

/// What became of a workload under one strategy.
struct Simulated {
  std::string strategy;  ///< as it was asked for
  sim::Measures measures;
};

/// The strategies that are compared when none is named.
[[nodiscard]] std::vector<std::string> usual_strategies();

/// Returns the exit status.
[[nodiscard]] int run_simulate(const Simulate& options);

}  // namespace steelyard::cli
