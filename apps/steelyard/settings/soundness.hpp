#pragma once

#include <string>
#include <vector>

#include "steelyard/hub/group_spec.hpp"

/// What --check says about a configuration that has no mistakes.
namespace steelyard::cli {

/// "2 groups, 3 workers"; "2 groups, 0 to 8 workers" when their number changes with the work.
[[nodiscard]] std::string counted_groups(const std::vector<hub::GroupSpec>& groups);

}  // namespace steelyard::cli
