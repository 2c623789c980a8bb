#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace steelyard::gateway {

/// The value of a hexadecimal digit; -1: it is none.
[[nodiscard]] constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Undoes the percent-encoding of a part of a URL; nothing when a '%' does not begin two
/// hexadecimal digits. `plus_is_space`: as in queries and forms.
[[nodiscard]] inline std::optional<std::string> percent_decoded(std::string_view text,
                                                                bool plus_is_space = false) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace steelyard::gateway
