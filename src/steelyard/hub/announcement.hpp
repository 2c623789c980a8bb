#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/hub/crew.hpp"

namespace steelyard::hub {

/// What a hub says about itself to its broker, as a JSON object: its machine, each group, and what
/// somebody should look at, as sentences in `warnings`. Where it would be too long, the evidence of
/// crashes is left out, then all groups; the warnings stay.
[[nodiscard]] std::string announcement(const std::string& host, std::uint32_t machine_load_percent,
                                       const std::vector<const Crew*>& crews);

/// What somebody should know about a group; empty: nothing.
[[nodiscard]] std::string warning_of(const Crew& crew);

}  // namespace steelyard::hub
