#include "steelyard/gateway/http/head_check.hpp"

#include <algorithm>
#include <charconv>

#include <boost/beast/core/string.hpp>

#include "steelyard/gateway/http/characters.hpp"

namespace steelyard::http {
namespace {

using boost::beast::iequals;

tl::unexpected<Refusal> malformed(const char* detail) {
  return tl::unexpected<Refusal>(Refusal{400, "malformed", detail});
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads the lines of a head one after another into facts.
class HeadReader {
 public:
  std::optional<Refusal> request_line(std::string_view line);
  std::optional<Refusal> field_line(std::string_view line);
  std::optional<Refusal> whole();
  [[nodiscard]] const HeadFacts& facts() const { return facts_; }

 private:
  std::optional<Refusal> version(std::string_view text);
  std::optional<Refusal> target();
  std::optional<Refusal> absolute_target(std::size_t scheme_bytes);
  std::optional<Refusal> field(std::string_view name, std::string_view value);
  std::optional<Refusal> content_length(std::string_view value);
  std::optional<Refusal> transfer_encoding(std::string_view value);
  std::optional<Refusal> host(std::string_view value);
  void connection(std::string_view value);

  HeadFacts facts_;
  std::size_t headers_ = 0;
  bool has_host_ = false;
  bool has_encoding_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool expects_else_ = false;
};

std::optional<Refusal> HeadReader::request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{400, "malformed", "The request line is not METHOD TARGET HTTP/1.1."};
  }
  facts_.method = line.substr(0, first);
  facts_.target = line.substr(first + 1, last - first - 1);
  if (facts_.method.empty() || !consists_of(facts_.method, Characters::Token)) {
    return Refusal{400, "malformed", "The method is not a word of letters."};
  }
  if (facts_.target.empty() || !consists_of(facts_.target, Characters::Target)) {
    return Refusal{400, "malformed", "The request target has a character that must be encoded."};
  }
  if (auto refusal = version(line.substr(last + 1))) return refusal;
  return target();
}

std::optional<Refusal> HeadReader::version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7])) {
    return Refusal{400, "malformed", "The request line is not METHOD TARGET HTTP/1.1."};
  }
  if (text[5] != '1') {
    return Refusal{505, "version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
  }
  facts_.minor_version = text[7] == '0' ? 0 : 1;
  return std::nullopt;
}

std::optional<Refusal> HeadReader::target() {
  facts_.path = facts_.target;
  if (facts_.method == "CONNECT") {
    return Refusal{501, "not_implemented", "CONNECT is not for this server: it is no proxy."};
  }
  if (facts_.target.starts_with('/')) return std::nullopt;
  if (facts_.target == "*" && facts_.method == "OPTIONS") return std::nullopt;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (iequals(facts_.target.substr(0, scheme.size()), scheme)) {
      return absolute_target(scheme.size());
    }
  }
  return Refusal{400, "malformed", "The request target does not begin with a slash."};
}

std::optional<Refusal> HeadReader::absolute_target(std::size_t scheme_bytes) {
  const std::string_view rest = facts_.target.substr(scheme_bytes);
  facts_.authority = rest.substr(0, rest.find_first_of("/?"));
  facts_.path = rest.substr(facts_.authority.size());
  if (facts_.authority.empty() || !consists_of(facts_.authority, Characters::Host)) {
    return Refusal{400, "malformed", "The request target names no host."};
  }
  return std::nullopt;
}

std::optional<Refusal> HeadReader::field_line(std::string_view line) {
  if (++headers_ > kMaxHeaders) {
    return Refusal{431, "too_many_headers", "The request has more headers than this server takes."};
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 ||
      !consists_of(line.substr(0, colon), Characters::Token)) {
    return Refusal{400, "malformed", "A header line is not NAME: VALUE."};
  }
  const std::string_view value = line.substr(colon + 1);
  if (!consists_of(value, Characters::Value)) {
    return Refusal{400, "malformed", "A header has a control character."};
  }
  return field(line.substr(0, colon), trimmed(value));
}

std::optional<Refusal> HeadReader::field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (iequals(name, "host")) return host(value);
      break;
    case 6:
      if (iequals(name, "expect")) {
        const bool known = iequals(value, "100-continue");
        (known ? facts_.expects_continue : expects_else_) = true;
      }
      break;
    case 10:
      if (iequals(name, "connection")) connection(value);
      break;
    case 14:
      if (iequals(name, "content-length")) return content_length(value);
      break;
    case 17:
      if (iequals(name, "transfer-encoding")) return transfer_encoding(value);
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<Refusal> HeadReader::host(std::string_view value) {
  if (has_host_) return Refusal{400, "malformed", "There is more than one Host."};
  has_host_ = true;
  if (!consists_of(value, Characters::Host))
    return Refusal{400, "malformed", "The Host is not a host's name."};
  return std::nullopt;
}

std::optional<Refusal> HeadReader::content_length(std::string_view value) {
  if (facts_.content_length) {
    return Refusal{400, "malformed", "There is more than one Content-Length."};
  }
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error == std::errc::result_out_of_range) {
    return kBodyTooLarge;
  }
  if (value.empty() || error != std::errc() || end != value.data() + value.size()) {
    return Refusal{400, "malformed", "The Content-Length is not a number."};
  }
  facts_.content_length = length;
  return std::nullopt;
}

std::optional<Refusal> HeadReader::transfer_encoding(std::string_view value) {
  if (has_encoding_) {
    return Refusal{400, "malformed", "There is more than one Transfer-Encoding."};
  }
  has_encoding_ = true;
  facts_.chunked = iequals(value, "chunked");
  return std::nullopt;
}

void HeadReader::connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = trimmed(value.substr(0, comma));
    if (iequals(option, "close")) says_close_ = true;
    if (iequals(option, "keep-alive")) says_keep_alive_ = true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

std::optional<Refusal> HeadReader::whole() {
  if (has_encoding_ && facts_.content_length) {
    return Refusal{400, "malformed", "Content-Length and Transfer-Encoding exclude each other."};
  }
  if (has_encoding_ && facts_.minor_version == 0) {
    return Refusal{400, "malformed", "HTTP/1.0 has no Transfer-Encoding."};
  }
  if (has_encoding_ && !facts_.chunked) {
    return Refusal{501, "not_implemented", "No transfer encoding but chunked is known here."};
  }
  if (!has_host_ && facts_.minor_version == 1) {
    return Refusal{400, "malformed", "HTTP/1.1 needs a Host."};
  }
  if (expects_else_) {
    return Refusal{417, "expectation_failed", "No expectation but 100-continue is known here."};
  }
  facts_.keep_alive = !says_close_ && (facts_.minor_version == 1 || says_keep_alive_);
  facts_.expects_continue = facts_.expects_continue && facts_.minor_version == 1;
  return std::nullopt;
}

}  // namespace

tl::expected<std::optional<std::size_t>, Refusal> HeadScanner::scan(std::string_view bytes) {
  for (;;) {
    const std::size_t feed = bytes.find('\n', scanned_);
    if (feed == std::string_view::npos) {
      scanned_ = bytes.size();
      return std::nullopt;
    }
    scanned_ = feed + 1;
    if (feed == line_begin_ || bytes[feed - 1] != '\r') {
      return malformed("A line does not end in CR LF.");
    }
    if (feed == line_begin_ + 1) return scanned_;
    line_begin_ = scanned_;
  }
}

tl::expected<HeadFacts, Refusal> check_head(std::string_view head) {
  HeadReader reader;
  bool first = true;
  for (;;) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos || end == 0) break;
    const std::string_view line = head.substr(0, end);
    auto refusal = first ? reader.request_line(line) : reader.field_line(line);
    if (refusal) return tl::unexpected<Refusal>(*refusal);
    first = false;
    head.remove_prefix(end + 2);
  }
  if (first) return malformed("There is no request line.");
  if (auto refusal = reader.whole()) return tl::unexpected<Refusal>(*refusal);
  return reader.facts();
}

}  // namespace steelyard::http
