#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/sim/bounds.hpp"
#include "steelyard/sim/optimum.hpp"
#include "steelyard/sim/world.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::sim {

/// Makes a workload, alike every time.
using MakeScenario = std::function<Result<Scenario>()>;

/// What came of a workload under one strategy.
struct Simulated {
  std::string strategy;  ///< as it was asked for
  Measures measures;
};

/// What several strategies made of the same jobs, and what could have been made of them.
struct Comparison {
  std::string workload;
  std::uint64_t seed = 1;
  std::uint32_t workers = 1;
  std::uint64_t jobs = 0;
  std::uint32_t tenants = 0;
  std::vector<Simulated> results;  ///< at least one
  double makespan_bound_s = 0;
  /// Of the mean wait, when workers hold one state each and the rates are known.
  std::optional<WaitReference> reference;
  /// When there are few jobs, and one worker that holds one state.
  std::optional<Optimum> optimum;
};

/// Runs the workload once under each of `strategies`, which are not empty.
/// Errors: what `make` and the registry say.
[[nodiscard]] Result<Comparison> compare(const MakeScenario& make,
                                         const std::vector<std::string>& strategies,
                                         const strategy::Registry& registry,
                                         const RunOptions& options);

}  // namespace steelyard::sim
