#pragma once

#include <string>
#include <string_view>

#include "fleet/real/target.hpp"

namespace fleet {

/// Asks a name server for an IPv4 address of `name`, over UDP, once.
/// Throws std::runtime_error when there is no such name, no reply in time, or a malformed one.
std::string dns_lookup(const Target& target, std::string_view name);

}  // namespace fleet
