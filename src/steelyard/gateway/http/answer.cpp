#include "steelyard/gateway/http/answer.hpp"

#include <array>
#include <charconv>
#include <ctime>

#include <boost/beast/core/string.hpp>

#include "steelyard/gateway/http/characters.hpp"
#include "steelyard/gateway/http/refusal.hpp"

namespace steelyard::http {
namespace {

using boost::beast::iequals;

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ", 2).append(value).append("\r\n", 2);
}

bool is_ours(std::string_view name) {
  switch (name.size()) {
    case 4:
      return iequals(name, "date");
    case 7:
      return iequals(name, "upgrade") || iequals(name, "trailer");
    case 10:
      return iequals(name, "connection") || iequals(name, "keep-alive");
    case 14:
      return iequals(name, "content-length");
    case 17:
      return iequals(name, "transfer-encoding");
    default:
      return false;
  }
}

bool may_be_sent(const Header& header) {
  return !header.name.empty() && consists_of(header.name, Characters::Token) &&
         consists_of(header.value, Characters::Value) && !is_ours(header.name);
}

void append_status_line(std::string& out, unsigned status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
}

void append_framing(std::string& out, std::size_t body_bytes, unsigned status,
                    const Framing& framing) {
  if (has_body(status)) {
    if (!framing.stream) {
      out += "Content-Length: ";
      append_number(out, body_bytes);
      out += "\r\n";
    } else if (framing.minor_version == 1) {
      out += "Transfer-Encoding: chunked\r\n";
    }
  }
  if (framing.close) {
    out += "Connection: close\r\n";
  } else if (framing.minor_version == 0) {
    out += "Connection: keep-alive\r\n";
  }
}

}  // namespace

bool has_body(unsigned status) {
  return status != 204 && status != 304;
}

void append_answer(std::string& out, const Response& response, const Framing& framing,
                   std::string_view date) {
  // A status that is none, or that promises a second answer, would confuse the client.
  const unsigned status = response.status < 200 || response.status > 999 ? 500 : response.status;
  append_status_line(out, status);
  append_header(out, "Date", date);
  if (!response.content_type.empty() && consists_of(response.content_type, Characters::Value)) {
    append_header(out, "Content-Type", response.content_type);
  }
  for (const Header& header : response.headers) {
    if (may_be_sent(header)) {
      append_header(out, header.name, header.value);
    }
  }
  append_framing(out, response.body.size(), status, framing);
  out += "\r\n";
  if (framing.head_only || !has_body(status)) return;
  if (framing.stream) {
    append_piece(out, response.body, framing);
  } else {
    out += response.body;
  }
}

void append_piece(std::string& out, std::string_view bytes, const Framing& framing) {
  if (bytes.empty() || framing.head_only) return;  // an empty chunk would be the end
  if (framing.minor_version == 0) {
    out += bytes;
    return;
  }
  append_number(out, bytes.size(), 16);
  out.append("\r\n").append(bytes).append("\r\n");
}

void append_end_of_stream(std::string& out, const Framing& framing) {
  if (framing.minor_version == 1 && !framing.head_only) out += "0\r\n\r\n";
}

std::string http_date(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  // The program never sets a locale: the names are the English ones of the format.
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace steelyard::http
