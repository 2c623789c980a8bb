#include "steelyard/gateway/settings.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/gateway/route_check.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

namespace steelyard::gateway {
namespace {

using config::Section;
using config::Value;
using config::wrong_name;
using From = ValueSource::From;

constexpr double kMaxTime_s = 86'400;
constexpr std::size_t kLargestHeader = std::size_t{1} << 20;
constexpr std::size_t kLargestBody = std::size_t{1} << 32;

std::optional<std::string> wrong_header_text(std::string_view text) {
  const bool has_control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!has_control) return std::nullopt;
  return "must have no control character";
}

std::optional<std::string> wrong_host(std::string_view text) {
  const bool is_name = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  if (is_name || text == "*") return std::nullopt;
  return "must be the name of a host in small letters, without a port, or \"*\" for any";
}

bool is_part_of(std::string_view path, std::string_view name) {
  const std::string part = "{" + std::string(name);
  return path.find(part + "}") != path.npos || path.find(part + "*}") != path.npos;
}

void read_place(Section& where, std::string_view path, ValueSource& source) {
  static constexpr std::pair<const char*, From> kPlaces[] = {
      {"header", From::Header}, {"query", From::Query}, {"path", From::Path}};
  for (const auto& [word, from] : kPlaces) {
    if (!where.has(word)) continue;
    if (source.from != From::Nowhere) where.mistake(word, "is one place too many");
    source.from = from;
    where.text(word, source.text);
    if (from == From::Path && !is_part_of(path, source.text)) {
      where.mistake(word, "is no part of the route's path, which would have {" + source.text + "}");
    }
  }
  if (source.from == From::Nowhere) where.mistake("must say header, query or path");
}

/// `{"header":"X-User"}`, `{"query":"user"}`, `{"path":"name"}`, or the value itself.
void read_source(Section& route, std::string_view path, std::string_view name, ValueSource& source,
                 const config::Check& check = {}) {
  const Value* const value = route.value(name);
  if (value == nullptr) return;
  if (const auto* text = std::get_if<std::string>(&value->data)) {
    if (const auto wrong = check ? check(*text) : std::nullopt) return route.mistake(name, *wrong);
    source = {From::Fixed, *text};
    return;
  }
  if (!std::holds_alternative<Value::Object>(value->data)) {
    return route.mistake(name, R"(must be a value, {"header":NAME}, {"query":NAME} or )"
                               R"({"path":NAME})");
  }
  route.section(name, [&](Section& where) { read_place(where, path, source); });
}

/// As `read_source`, with a number for the value itself.
template <class Number>
void read_number_source(Section& route, std::string_view path, std::string_view name,
                        ValueSource& source, Number min, Number max) {
  const Value* const value = route.value(name);
  const bool is_number = value != nullptr && !std::holds_alternative<Value::Object>(value->data);
  if (!is_number) return read_source(route, path, name, source);
  Number number{};
  const std::size_t before = route.mistakes().size();
  route.number(name, number, min, max);
  if (route.mistakes().size() == before) source = {From::Fixed, fmt::format("{}", number)};
}

void read_route(Section& section, RouteOptions& route, RouteCheck& check) {
  const std::size_t before = section.mistakes().size();
  section.text("path", route.path);
  section.texts("methods", route.methods);
  if (section.has("path") && section.mistakes().size() == before) {
    const auto added = check.add_pattern(route);
    if (!added) section.mistake("path", added.error().context);
  }
  section.text("queue", route.queue, wrong_name);
  for (const char* needed : {"path", "queue"}) {
    if (!section.has(needed)) section.mistake(fmt::format("'{}' is missing", needed));
  }
  const std::string& path = route.path;
  read_source(section, path, "user", route.user, wrong_name);
  read_source(section, path, "state", route.state, wrong_name);
  read_number_source<std::int32_t>(section, path, "priority", route.priority, INT32_MIN, INT32_MAX);
  read_number_source<double>(section, path, "time_out_s", route.time_out_s, 0.001, kMaxTime_s);
  section.texts("tags", route.tags, wrong_name);
  if (route.tags.size() > zmq_runtime::kMaxTagsPerJob) {
    section.mistake("tags", fmt::format("are more than {}", zmq_runtime::kMaxTagsPerJob));
  }
  section.text("content_type", route.content_type, wrong_header_text);
  section.flag("show_error_text", route.show_error_text);
}

void read_http_limits(Section& gateway, http::ServerOptions& http) {
  gateway.number("threads", http.threads, 1U, 64U);
  gateway.number("max_header_bytes", http.max_header_bytes, std::size_t{1'024}, kLargestHeader);
  gateway.number("max_body_bytes", http.max_body_bytes, std::size_t{0}, kLargestBody);
  gateway.number("max_connections", http.max_connections, 1U, 1'000'000U);
  gateway.number("max_pipelined_requests", http.max_pipelined_requests, 1U, 10'000U);
  gateway.seconds("header_timeout_s", http.header_timeout, 0.001, kMaxTime_s);
  gateway.seconds("body_timeout_s", http.body_timeout, 0.001, kMaxTime_s);
  gateway.seconds("idle_timeout_s", http.idle_timeout, 0.001, kMaxTime_s);
  gateway.seconds("first_request_timeout_s", http.first_request_timeout, 0.001, kMaxTime_s);
  gateway.seconds("write_timeout_s", http.write_timeout, 0.001, kMaxTime_s);
}

void read_cors(Section& section, CorsOptions& cors) {
  section.texts("allow_origins", cors.allow_origins, wrong_header_text);
  section.texts("allow_methods", cors.allow_methods, wrong_header_text);
  section.texts("allow_headers", cors.allow_headers, wrong_header_text);
  section.ticks("max_age_s", cors.max_age, 0, 86'400);
}

}  // namespace

void read_settings(Section& gateway, GatewayOptions& options) {
  gateway.text("http", options.http.listen);
  gateway.text("broker", options.broker.endpoint);
  gateway.flag("insecure", options.insecure);
  read_http_limits(gateway, options.http);
  gateway.number("max_in_flight", options.max_in_flight, 1U, 4'000'000U);
  gateway.seconds("request_timeout_s", options.request_timeout, 0, kMaxTime_s);
  gateway.seconds("drain_s", options.drain, 0, 3'600);
  gateway.seconds("drain_timeout_s", options.drain_timeout, 0, kMaxTime_s);
  gateway.text("access_log", options.access_log);
  gateway.texts("allow_hosts", options.allow_hosts, wrong_host);
  gateway.section("cors", [&options](Section& cors) { read_cors(cors, options.cors); });
  gateway.section("health", [&options](Section& health) {
    health.text("path", options.health.path);
    health.text("answer", options.health.answer);
  });
  RouteCheck check;
  if (const auto health = check.add_health(options.health.path); !health) {
    gateway.mistake("health", health.error().context);
  }
  gateway.list("routes", [&options, &check](Section& route) {
    read_route(route, options.routes.emplace_back(), check);
  });
}

}  // namespace steelyard::gateway
