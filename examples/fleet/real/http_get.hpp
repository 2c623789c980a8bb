#pragma once

#include <string_view>

#include "fleet/real/target.hpp"

namespace fleet {

/// Asks an HTTP server for `path` and reads its whole reply, at most 1 MiB.
/// Throws std::runtime_error for a malformed or truncated reply and for every status that is not
/// one of success.
void http_get(const Target& target, std::string_view path);

}  // namespace fleet
