#include "steelyard/runtime/task/http_message.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/task/parts.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxHeadDepth = 3;

/// What frames a message or concerns one connection only is the server's (RFC 9110, 7.6.1).
constexpr std::array<std::string_view, 12> kServersOwn = {
    "connection", "content-length",   "content-type", "date",
    "keep-alive", "proxy-connection", "server",       "te",
    "trailer",    "upgrade",          "expect",       "transfer-encoding"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

std::optional<std::string_view> find(const HttpFields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &HttpFields::value_type::first);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

tl::unexpected<Error> malformed(std::string text) {
  return failure(ErrorCode::Malformed, std::move(text));
}

// Writing

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (byte < 0x20 || byte == 0x7f) {
    out += fmt::format("\\u{:04x}", byte);
  } else {
    out += c;
  }
}

/// Each request is written: this is several times as fast as building a tree first.
void append_text(std::string& out, std::string_view text) {
  const std::string safe = is_valid_utf8(text) ? std::string() : printable(text);
  out += '"';
  for (const char c : safe.empty() ? text : std::string_view(safe)) append_escaped(out, c);
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  append_text(out, name);
  out += ':';
  append_text(out, text);
}

/// A JSON object has each name once: the first of them.
void append_fields(std::string& out, std::string_view name, const HttpFields& fields) {
  out += ',';
  append_text(out, name);
  out += ":{";
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    const bool is_first = std::find_if(fields.begin(), field, [&field](const auto& before) {
                            return before.first == field->first;
                          }) == field;
    if (is_first) append_member(out, field->first, field->second);
  }
  out += '}';
}

// Reading

Result<json::object> parse_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxHeadDepth;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return malformed(fmt::format("the first part is not JSON: {}", error.message()));
  if (!value.is_object()) return malformed("the first part is not a JSON object");
  return std::move(value.get_object());
}

struct TwoParts {
  json::object head;
  std::string_view body;
};

Result<TwoParts> read_two_parts(std::string_view bytes) {
  const auto parts = unpack_parts(bytes);
  if (!parts) return tl::unexpected(parts.error());
  if (parts->size() != 2) return malformed(fmt::format("it has {} parts, not 2", parts->size()));
  auto head = parse_object(parts->front());
  if (!head) return tl::unexpected(head.error());
  return TwoParts{std::move(*head), parts->back()};
}

Result<std::string> text_member(const json::object& head, std::string_view name) {
  const json::value* value = head.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return malformed(fmt::format("the text '{}' is missing", name));
  }
  return std::string(value->get_string());
}

Result<HttpFields> fields_member(const json::object& head, std::string_view name) {
  const json::value* value = head.if_contains(name);
  if (value == nullptr || !value->is_object()) {
    return malformed(fmt::format("the object '{}' is missing", name));
  }
  HttpFields fields;
  for (const auto& [key, text] : value->get_object()) {
    if (!text.is_string()) return malformed(fmt::format("{}.{} is not a text", name, key));
    fields.emplace_back(key, text.get_string());
  }
  return fields;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Result<void> read_status(const json::value& value, HttpAnswer& answer) {
  const std::int64_t* status = value.if_int64();
  if (status == nullptr || *status < 200 || *status > 599) {
    return malformed("the status is not a number from 200 to 599");
  }
  answer.status = static_cast<unsigned>(*status);
  return {};
}

Result<void> read_content_type(const json::value& value, HttpAnswer& answer) {
  if (!value.is_string() || has_control(value.get_string())) {
    return malformed("the content_type is not a text without control characters");
  }
  answer.content_type = std::string(value.get_string());
  return {};
}

Result<void> add_header(std::string_view name, const json::value& value, HttpAnswer& answer) {
  const std::string shown = printable(name.substr(0, 100));
  if (!is_token(name)) return malformed(fmt::format("'{}' cannot name a header", shown));
  if (std::ranges::find(kServersOwn, lowered(name)) != kServersOwn.end()) {
    return malformed(fmt::format("the header {} is for the server to say", shown));
  }
  if (!value.is_string() || has_control(value.get_string())) {
    return malformed(fmt::format("the header {} is not a text without control characters", shown));
  }
  answer.headers.emplace_back(name, value.get_string());
  return {};
}

Result<void> read_headers(const json::value& value, HttpAnswer& answer) {
  if (!value.is_object()) return malformed("the headers are not an object");
  for (const auto& [name, text] : value.get_object()) {
    // Several of one name, such as Set-Cookie, are a list.
    if (!text.is_array()) {
      if (auto added = add_header(name, text, answer); !added) return added;
      continue;
    }
    for (const json::value& one : text.get_array()) {
      if (auto added = add_header(name, one, answer); !added) return added;
    }
  }
  return {};
}

Result<void> read_member(std::string_view name, const json::value& value, HttpAnswer& answer) {
  if (name == "status") return read_status(value, answer);
  if (name == "content_type") return read_content_type(value, answer);
  if (name == "headers") return read_headers(value, answer);
  return malformed(
      fmt::format("'{}' is not status, content_type or headers", printable(name.substr(0, 100))));
}

bool has_no_body(unsigned status) {
  return status == 204 || status == 205 || status == 304;
}

}  // namespace

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const {
  return find(parameters, name);
}
std::optional<std::string_view> HttpRequest::capture(std::string_view name) const {
  return find(captures, name);
}
std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  return find(headers, lowered(name));
}

std::string http_request_head(const HttpRequest& request) {
  std::string out;
  out.reserve(512);
  out += '{';
  append_member(out, "method", request.method);
  append_member(out, "path", request.path);
  append_member(out, "query", request.query);
  append_fields(out, "parameters", request.parameters);
  append_fields(out, "captures", request.captures);
  append_fields(out, "headers", request.headers);
  append_member(out, "peer", request.peer);
  out += '}';
  return out;
}

Result<HttpRequest> read_http_request(std::string_view payload) {
  const auto parts = read_two_parts(payload);
  if (!parts) return tl::unexpected(parts.error());
  HttpRequest request;
  const std::pair<const char*, std::string*> texts[] = {{"method", &request.method},
                                                        {"path", &request.path},
                                                        {"query", &request.query},
                                                        {"peer", &request.peer}};
  for (const auto& [name, text] : texts) {
    auto read = text_member(parts->head, name);
    if (!read) return tl::unexpected(read.error());
    *text = std::move(*read);
  }
  const std::pair<const char*, HttpFields*> lists[] = {{"parameters", &request.parameters},
                                                       {"captures", &request.captures},
                                                       {"headers", &request.headers}};
  for (const auto& [name, fields] : lists) {
    auto read = fields_member(parts->head, name);
    if (!read) return tl::unexpected(read.error());
    *fields = std::move(*read);
  }
  request.body = parts->body;
  return request;
}

std::string http_answer(unsigned status, std::string_view content_type, std::string_view body,
                        const HttpFields& headers) {
  json::object head{{"status", status}};
  if (!content_type.empty()) head["content_type"] = content_type;
  json::object fields;
  for (const auto& [name, value] : headers) {
    json::value& place = fields[name];
    if (place.is_null()) place = json::array();
    place.as_array().emplace_back(value);
  }
  if (!fields.empty()) head["headers"] = std::move(fields);
  const std::string text = json::serialize(head);
  return pack_parts({text, body});
}

Result<HttpAnswer> read_http_answer(std::string_view result) {
  HttpAnswer answer;
  answer.body = result;
  if (!has_parts(result)) return answer;
  const auto parts = read_two_parts(result);
  if (!parts) return tl::unexpected(parts.error());
  for (const auto& [name, value] : parts->head) {
    if (auto read = read_member(name, value, answer); !read) return tl::unexpected(read.error());
  }
  answer.body = parts->body;
  if (has_no_body(answer.status) && !answer.body.empty()) {
    return malformed(fmt::format("an answer with status {} has no body", answer.status));
  }
  return answer;
}

}  // namespace steelyard
