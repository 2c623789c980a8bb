#pragma once

#include <optional>
#include <string>

namespace steelyard::cli {

/// Whether the kind of the terminal at standard output (TERM) is in the database of terminals,
/// which is then read. Thread safety: none.
[[nodiscard]] bool knows_terminal();

/// What is written to that terminal to have this done (see terminfo(5)); nothing when it cannot.
/// Requires: knows_terminal.
[[nodiscard]] std::optional<std::string> capability(const char* name);

}  // namespace steelyard::cli
