#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace steelyard {

/// Whether `bytes` are well-formed UTF-8 (no overlong forms, no surrogates, nothing over U+10FFFF).
[[nodiscard]] bool is_valid_utf8(std::string_view bytes);

/// `bytes` made safe for an error text, a log or a terminal: whatever is not UTF-8 and every
/// control character except newline and tab becomes '?'.
[[nodiscard]] std::string printable(std::string_view bytes);

/// Base 64 with the standard alphabet and padding (RFC 4648, section 4), in one line.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// The bytes that `text` encodes; nothing when it is not padded standard base 64 without blanks.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace steelyard
