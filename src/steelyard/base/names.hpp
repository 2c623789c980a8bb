#pragma once

#include <cstddef>
#include <string_view>

namespace steelyard {

inline constexpr std::size_t kMaxNameBytes = 200;

/// Whether `name` may name a queue, state, user or tag: `[A-Za-z0-9._:/@-]{1,200}`, no leading
/// dash. Such names need no escaping in logs, shells, JSON or HTML.
[[nodiscard]] constexpr bool is_valid_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.front() == '-') return false;
  for (const char c : name) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && std::string_view("._:/@-").find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace steelyard
