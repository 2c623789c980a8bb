#include "steelyard/runtime/task/text_encoding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace steelyard {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

/// What the first two bytes of a character of several bytes must look like (Unicode table 3-7).
struct Lead {
  std::uint8_t first, last;  ///< range of the first byte
  std::uint8_t low, high;    ///< range of the second byte
  std::size_t length;        ///< bytes of the character
};
constexpr std::array<Lead, 8> kLeads{{{0xc2, 0xdf, 0x80, 0xbf, 2},
                                      {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                      {0xe1, 0xec, 0x80, 0xbf, 3},
                                      {0xed, 0xed, 0x80, 0x9f, 3},
                                      {0xee, 0xef, 0x80, 0xbf, 3},
                                      {0xf0, 0xf0, 0x90, 0xbf, 4},
                                      {0xf1, 0xf3, 0x80, 0xbf, 4},
                                      {0xf4, 0xf4, 0x80, 0x8f, 4}}};

/// Whether the character that `lead` describes stands complete at the start of `bytes`.
bool fits(const Lead& lead, std::string_view bytes) {
  if (bytes.size() < lead.length) return false;
  const std::uint8_t second = byte_at(bytes, 1);
  if (second < lead.low || second > lead.high) return false;
  for (std::size_t i = 2; i < lead.length; ++i) {
    if ((byte_at(bytes, i) & 0xc0) != 0x80) return false;
  }
  return true;
}

/// Bytes of the well-formed character at the start of `bytes`; 0 when there is none.
std::size_t character_length(std::string_view bytes) {
  const std::uint8_t first = byte_at(bytes, 0);
  if (first < 0x80) return 1;
  for (const Lead& lead : kLeads) {
    if (first >= lead.first && first <= lead.last) return fits(lead, bytes) ? lead.length : 0;
  }
  return 0;
}

/// Whether a terminal would act on the character at the start of `bytes` instead of showing it:
/// the controls below blank, DEL, and U+0080 to U+009F.
bool is_control(std::string_view bytes) {
  const std::uint8_t first = byte_at(bytes, 0);
  if (first == 0xc2) return byte_at(bytes, 1) < 0xa0;
  return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
}

std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    values[byte_at(kBase64, i)] = static_cast<std::int8_t>(i);
  }
  return values;
}

std::size_t padding_of(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0 || is_control(bytes)) {
      text.push_back('?');
    } else {
      text.append(bytes.substr(0, length));
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (i + k < bytes.size() ? byte_at(bytes, i + k) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(i + k <= bytes.size() ? kBase64[(group >> (18 - 6 * k)) & 63] : '=');
    }
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  static const std::array<std::int8_t, 256> values = base64_values();
  if (text.size() % 4 != 0) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - padding_of(text));
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t bits = 0;
  for (const char digit : digits) {
    const std::int8_t value = values[static_cast<std::uint8_t>(digit)];
    if (value < 0) return std::nullopt;
    group = (group << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>((group >> bits) & 0xff));
  }
  return bytes;
}

}  // namespace steelyard
