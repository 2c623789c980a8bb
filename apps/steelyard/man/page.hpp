#pragma once

#include <string>
#include <string_view>

#include "cli/outline.hpp"

namespace steelyard::cli {

/// The manual page of the program with all its commands, for section 1.
/// `version`: as `--version` prints it.
[[nodiscard]] std::string manual_page(const CommandOutline& program, std::string_view version);

}  // namespace steelyard::cli
