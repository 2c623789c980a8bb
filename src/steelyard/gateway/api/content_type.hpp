#pragma once

#include <string_view>

namespace steelyard::gateway {

/// What a result is served as, when nobody says: `application/json` for an object or array of at
/// most 64 KiB that is JSON; else `text/plain; charset=utf-8` for UTF-8 without control characters
/// but tab, newline and carriage return; else, and for an empty one, `application/octet-stream`.
/// Cost: O(bytes).
[[nodiscard]] std::string_view content_type_of(std::string_view result);

}  // namespace steelyard::gateway
