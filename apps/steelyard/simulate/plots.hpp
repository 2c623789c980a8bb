#pragma once

#include <string>
#include <vector>

#include "simulate/trial.hpp"

namespace steelyard::cli {

/// What workers did is drawn for so long from the beginning: some loads of the state that loads
/// slowest.
[[nodiscard]] TimePoint end_of_timelines(const sim::MakeScenario& make);

/// Draws the trial into `folder`, which is made if need be: NAME-waits.svg and NAME-workers.svg.
/// Returns their paths. Errors: SystemError.
[[nodiscard]] Result<std::vector<std::string>> draw_plots(const Tried& tried,
                                                          const std::string& folder);

}  // namespace steelyard::cli
