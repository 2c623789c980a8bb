#include "steelyard/wire/envelope.hpp"

#include <array>
#include <limits>

#include "steelyard/base/assert.hpp"

namespace steelyard::wire {
namespace {

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

Result<Envelope> open(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != 'S' || bytes[1] != 'Y') {
    return failure(ErrorCode::Malformed, "not a Steelyard message: it must begin with 'SY'");
  }
  const auto version = static_cast<std::uint8_t>(bytes[2]);
  if (version != kVersion) {
    return failure(ErrorCode::VersionMismatch, "protocol version " + std::to_string(kVersion) +
                                                   " is spoken here, the message has version " +
                                                   std::to_string(version));
  }
  if (bytes.size() < kPrefixBytes) {
    return failure(ErrorCode::Malformed, "the message ends within its prefix");
  }
  const std::uint32_t header_bytes = read_u32(bytes.substr(4));
  if (header_bytes > bytes.size() - kPrefixBytes) {
    return failure(ErrorCode::Malformed, "the message ends within its header");
  }
  return Envelope{static_cast<Kind>(bytes[3]), bytes.substr(kPrefixBytes, header_bytes),
                  bytes.substr(kPrefixBytes + header_bytes)};
}

bool is_of_kind(std::string_view bytes, Kind kind) {
  return bytes.size() >= kPrefixBytes && bytes[3] == static_cast<char>(kind);
}

void seal(Kind kind, const google::protobuf::MessageLite& header, std::string& out) {
  const std::size_t header_bytes = header.ByteSizeLong();
  STEELYARD_ASSERT(header_bytes <= std::numeric_limits<std::int32_t>::max());
  const std::size_t start = out.size();
  out.resize(start + kPrefixBytes + header_bytes);
  char* to = out.data() + start;
  to[0] = 'S';
  to[1] = 'Y';
  to[2] = static_cast<char>(kVersion);
  to[3] = static_cast<char>(kind);
  for (int i = 0; i < 4; ++i) to[4 + i] = static_cast<char>((header_bytes >> (8 * i)) & 0xff);
  header.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(to + kPrefixBytes));
}

}  // namespace steelyard::wire
