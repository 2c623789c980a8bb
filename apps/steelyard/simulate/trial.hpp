#pragma once

#include <string>
#include <vector>

#include "simulate/options.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/sim/cases.hpp"
#include "steelyard/sim/comparison.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::cli {

/// A workload, who is to try it, and what is expected of whom.
struct Trial {
  sim::MakeScenario make;
  std::vector<std::string> strategies;
  const sim::Case* figures = nullptr;  ///< nullptr: nothing is expected
  std::vector<std::string> on_trial;   ///< of whom
};

/// The names of all strategies.
[[nodiscard]] std::vector<std::string> every_strategy(const strategy::Registry& registry);

/// Those that were named; none when none were. Errors: InvalidArgument, as Registry::make.
[[nodiscard]] Result<std::vector<std::string>> named_strategies(const Simulate& options,
                                                                const strategy::Registry& registry);

/// What the words mean, in their order. Everything is looked at: what is returned can be run.
/// Errors: InvalidArgument, naming what is wrong and what there is; SystemError for a file.
[[nodiscard]] Result<std::vector<Trial>> read_trials(const Simulate& options,
                                                     const strategy::Registry& registry);

/// A trial that was run.
struct Tried {
  Trial trial;
  sim::Comparison comparison;
};

/// Whether the run reached the figure.
[[nodiscard]] bool is_met(const sim::Figure& figure, const sim::Measures& measures);
/// Whether all that was expected was reached.
[[nodiscard]] bool is_met(const Tried& tried);

/// The runs of which something is expected.
[[nodiscard]] std::vector<const sim::Simulated*> on_trial(const Tried& tried);

}  // namespace steelyard::cli
