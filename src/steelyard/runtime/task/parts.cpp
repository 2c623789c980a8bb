#include "steelyard/runtime/task/parts.hpp"

#include <cstdint>

#include "steelyard/base/assert.hpp"

namespace steelyard {
namespace {

constexpr std::string_view kMark("\x89SYP\r\n\x1a\n", 8);
constexpr std::size_t kNumberBytes = 4;

void append_number(std::string& out, std::size_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xff);
}

/// Requires: four bytes.
std::size_t number_at(std::string_view bytes) {
  std::size_t number = 0;
  for (std::size_t i = kNumberBytes; i > 0; --i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return number;
}

tl::unexpected<Error> malformed() {
  return failure(ErrorCode::Malformed, "its parts do not fit its size");
}

}  // namespace

std::string pack_parts(std::span<const std::string_view> parts) {
  STEELYARD_ASSERT(parts.size() <= kMaxParts);
  std::size_t bytes = kMark.size() + kNumberBytes * (1 + parts.size());
  for (const std::string_view part : parts) bytes += part.size();
  std::string packed;
  packed.reserve(bytes);
  packed += kMark;
  append_number(packed, parts.size());
  for (const std::string_view part : parts) {
    STEELYARD_ASSERT(part.size() <= UINT32_MAX);
    append_number(packed, part.size());
  }
  for (const std::string_view part : parts) packed += part;
  return packed;
}

std::string pack_parts(std::initializer_list<std::string_view> parts) {
  return pack_parts(std::span(parts.begin(), parts.size()));
}

bool has_parts(std::string_view payload) {
  return payload.starts_with(kMark);
}

Result<std::vector<std::string_view>> unpack_parts(std::string_view payload) {
  if (!has_parts(payload)) return std::vector{payload};
  std::string_view rest = payload.substr(kMark.size());
  if (rest.size() < kNumberBytes) return malformed();
  const std::size_t count = number_at(rest);
  rest.remove_prefix(kNumberBytes);
  if (count > kMaxParts || rest.size() < count * kNumberBytes) return malformed();
  std::string_view lengths = rest.substr(0, count * kNumberBytes);
  rest.remove_prefix(lengths.size());
  std::vector<std::string_view> parts;
  for (; !lengths.empty(); lengths.remove_prefix(kNumberBytes)) {
    const std::size_t length = number_at(lengths);
    if (length > rest.size()) return malformed();
    parts.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (!rest.empty()) return malformed();
  return parts;
}

}  // namespace steelyard
