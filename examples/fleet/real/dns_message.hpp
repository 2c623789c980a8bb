#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

/// The little of DNS messages (RFC 1035, section 4) that a question for an IPv4 address needs.
/// Pure: bytes in, bytes out.
namespace fleet {

/// A question for an address (type A, class IN) of one name.
struct DnsQuestion {
  std::uint16_t id = 0;
  std::string name;  ///< "host.example", without the final dot

  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

enum class DnsStatus : std::uint8_t { NoError = 0, FormatError = 1, NoSuchName = 3 };

/// Errors: InvalidArgument for a name that DNS cannot hold.
[[nodiscard]] steelyard::Result<std::string> encode_question(const DnsQuestion& question);

/// What a server reads. Errors: Malformed for anything but one question of type A.
[[nodiscard]] steelyard::Result<DnsQuestion> parse_question(std::string_view bytes);

/// What a server answers; with `address`, in host byte order, for NoError.
/// Requires: `question` came from parse_question.
[[nodiscard]] std::string encode_reply(const DnsQuestion& question, DnsStatus status,
                                       std::optional<std::uint32_t> address);

/// The first IPv4 address in a reply to `question`, for people: "192.0.2.1".
/// Errors: Malformed, also for a reply to another question; WorkFailed for a server's refusal and a
/// reply without an address.
[[nodiscard]] steelyard::Result<std::string> parse_reply(std::string_view bytes,
                                                         const DnsQuestion& question);

}  // namespace fleet
