#include "ocr/utf8.hpp"

#include <array>
#include <cstddef>

namespace ocr {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
/// The smallest character that needs so many bytes after the first: a shorter spelling is wrong.
constexpr std::array<char32_t, 4> kSmallest{0, 0x80, 0x800, 0x10000};

unsigned char byte_at(std::string_view text, std::size_t position) {
  return static_cast<unsigned char>(text[position]);
}

/// How many bytes follow the first one; 0 also for a byte that begins nothing.
std::size_t following(unsigned char first) {
  if (first >= 0xF0 && first < 0xF8) return 3;
  if (first >= 0xE0 && first < 0xF0) return 2;
  return first >= 0xC0 && first < 0xE0 ? 1 : 0;
}

bool is_character(char32_t value, std::size_t more) {
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  return value >= kSmallest.at(more) && value <= 0x10FFFF && !surrogate;
}

/// Takes the first character off `text`, which must not be empty.
char32_t take_character(std::string_view& text) {
  const unsigned char first = byte_at(text, 0);
  const std::size_t more = following(first);
  char32_t value = more == 0 ? first : first & (0x3FU >> more);
  bool whole = first < 0x80 || (more > 0 && more < text.size());
  for (std::size_t i = 1; whole && i <= more; ++i) {
    whole = (byte_at(text, i) & 0xC0U) == 0x80;
    value = value << 6U | (byte_at(text, i) & 0x3FU);
  }
  whole = whole && is_character(value, more);
  text.remove_prefix(whole ? 1 + more : 1);
  return whole ? value : kReplacement;
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) characters += take_character(text);
  return characters;
}

}  // namespace ocr
