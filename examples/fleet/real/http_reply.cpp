#include "fleet/real/http_reply.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace fleet {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The status of a line such as "HTTP/1.1 200 OK".
std::optional<int> parse_status(std::string_view line) {
  const bool framed = line.size() >= 12 && line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
  if (!framed || (!line.starts_with("HTTP/1.1") && !line.starts_with("HTTP/1.0"))) return {};
  return parse_whole<int>(line.substr(9, 3));
}

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

/// The value of the header field `name` in the lines of `head`.
std::optional<std::string_view> find_field(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find(kLineEnd));
    head.remove_prefix(std::min(head.size(), line.size() + kLineEnd.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string_view::npos ? "" : line.substr(start);
  }
  return std::nullopt;
}

}  // namespace

Result<HttpReply> parse_http_reply(std::string_view bytes) {
  const std::size_t head_end = bytes.find(kHeadEnd);
  if (head_end == std::string_view::npos) {
    return failure(ErrorCode::Malformed, "the HTTP reply has no complete head");
  }
  const std::string_view head = bytes.substr(0, head_end);
  const std::string_view body = bytes.substr(head_end + kHeadEnd.size());
  const auto status = parse_status(head.substr(0, head.find(kLineEnd)));
  if (!status) return failure(ErrorCode::Malformed, "the reply does not begin with an HTTP status");

  if (const auto length = find_field(head, "Content-Length")) {
    const auto expected = parse_whole<std::size_t>(*length);
    if (expected != body.size()) {
      return failure(ErrorCode::Malformed,
                     fmt::format("the HTTP body has {} bytes, its Content-Length is '{}'",
                                 body.size(), *length));
    }
  }
  return HttpReply{*status, std::string(body)};
}

}  // namespace fleet
