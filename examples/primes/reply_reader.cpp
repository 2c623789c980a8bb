#include "primes/reply_reader.hpp"

#include <charconv>
#include <cstdint>

#include <strings.h>

namespace primes {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;

constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLength = "content-length:";

template <class Number>
std::optional<Number> read(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_length(std::string_view line) {
  return line.size() > kLength.size() &&
         strncasecmp(line.data(), kLength.data(), kLength.size()) == 0;
}

/// Of the body, from the lines of the head.
std::optional<std::size_t> length_in(std::string_view head) {
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t begin = at == 0 ? 0 : at + kLineEnd.size();
    at = head.find(kLineEnd, begin);
    const std::string_view line = head.substr(begin, at == head.npos ? at : at - begin);
    if (is_length(line)) return read<std::size_t>(line.substr(kLength.size()));
  }
  return std::nullopt;
}

}  // namespace

void ReplyReader::append(std::string_view bytes) {
  bytes_.erase(0, begin_);
  begin_ = 0;
  bytes_ += bytes;
}

steelyard::Result<std::optional<Reply>> ReplyReader::next() {
  const std::string_view rest = std::string_view(bytes_).substr(begin_);
  const std::size_t end = rest.find(kHeadEnd);
  if (end == std::string_view::npos) {
    if (rest.size() > kMaxBytes) return failure(ErrorCode::Malformed, "an endless head");
    return std::nullopt;
  }
  const std::string_view head = rest.substr(0, end);
  if (!head.starts_with(kVersion)) return failure(ErrorCode::Malformed, "not HTTP/1.1");
  const auto status = read<unsigned>(head.substr(kVersion.size(), 3));
  const auto length = length_in(head);
  if (!status || !length || *length > kMaxBytes) {
    return failure(ErrorCode::Malformed, "a response without a status or a length that is allowed");
  }
  const std::size_t body = end + kHeadEnd.size();
  if (rest.size() < body + *length) return std::nullopt;
  begin_ += body + *length;
  return Reply{*status, rest.substr(body, *length)};
}

}  // namespace primes
