#pragma once

#include "simulate/options.hpp"

namespace steelyard::cli {

/// Does what was asked for. Returns the exit status: kFailed when a strategy that was on trial
/// missed a figure.
[[nodiscard]] int run_simulate(const Simulate& options);

}  // namespace steelyard::cli
