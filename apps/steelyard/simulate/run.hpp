#pragma once

#include <vector>

#include <boost/json.hpp>

#include "simulate/options.hpp"
#include "simulate/trial.hpp"

namespace steelyard::cli {

/// Does what was asked for. Returns the exit status: kFailed when a strategy that was on trial
/// missed a figure.
[[nodiscard]] int run_simulate(const Simulate& options);

/// Runs the trials and prints what came of them; in JSON beside the members of `more`.
[[nodiscard]] int run_trials(const std::vector<Trial>& trials, const Simulate& options,
                             const strategy::Registry& registry,
                             const boost::json::object& more = {});

}  // namespace steelyard::cli
