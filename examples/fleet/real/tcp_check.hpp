#pragma once

#include "fleet/real/target.hpp"

namespace fleet {

/// Connects and reads the greeting, one line of printable text of at most 500 characters.
/// Throws std::runtime_error when there is none.
void tcp_check(const Target& target);

}  // namespace fleet
