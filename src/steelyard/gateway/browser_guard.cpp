#include "steelyard/gateway/browser_guard.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "steelyard/gateway/lower_case.hpp"
#include "steelyard/gateway/paths.hpp"
#include "steelyard/gateway/percent.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"

namespace steelyard::gateway {
namespace {

/// "localhost:80" → "localhost", "[::1]:80" → "[::1]".
std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return has_port ? host.substr(0, colon) : host;
}

/// "127.", and then only digits and dots: "127.evil.example" is a name.
bool is_loopback_number(std::string_view host) {
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool may_change_something(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

bool is_monitor(std::string_view path) {
  return path == "/" || is_below(path, kMonitorPath);
}

/// Whether the browser says that the page which asks has another origin. Browsers older than
/// Sec-Fetch-Site say the origin, of what is not a GET.
bool is_of_another_origin(const http::Request& request) {
  if (const auto site = request.header("Sec-Fetch-Site")) {
    return *site != "same-origin" && *site != "none";
  }
  const auto origin = request.header("Origin");
  if (!origin) return false;
  const std::string host = lower_case(request.header("Host").value_or(""));
  return *origin != "http://" + host && *origin != "https://" + host;
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const std::string lower = lower_case(without_port(host));
  const std::string_view name = lower;
  return name == "localhost" || name.ends_with(".localhost") || name == "[::1]" ||
         is_loopback_number(name);
}

BrowserGuard::BrowserGuard(const GatewayOptions& options, const Cors& cors)
    : cors_(cors),
      hosts_(options.allow_hosts),
      is_loopback_(zmq_runtime::may_serve(options.http.listen, false).has_value()) {}

bool BrowserGuard::may_be_called(std::string_view host) const {
  if (!is_loopback_ || is_loopback_host(host)) return true;
  const std::string name = lower_case(without_port(host));
  return std::ranges::any_of(
      hosts_, [&](const std::string& allowed) { return allowed == "*" || allowed == name; });
}

std::optional<Problem> BrowserGuard::objection_to(const http::Request& request) const {
  // As routes are matched: "/%761/jobs" is a call, too. What cannot be decoded matches none.
  const std::string path = percent_decoded(request.path()).value_or("");
  const bool is_call = is_below(path, kApiPath);
  if (!is_call && !is_monitor(path)) return std::nullopt;
  const auto host = request.header("Host");
  if (host && !may_be_called(*host)) {
    return Problem{
        .status = 421,
        .code = "unknown_host",
        .detail = fmt::format("'{}' is not a name of this gateway, which listens on this "
                              "machine alone: use localhost, or name the host in "
                              "allow_hosts of its configuration",
                              printable(host->substr(0, 200)))};
  }
  const bool changes = is_call && may_change_something(request.method());
  if (changes && is_of_another_origin(request) && !cors_.applies_to(request)) {
    return Problem{.status = 403,
                   .code = "cross_site",
                   .detail =
                       "a page of another origin may not do this: name its origin in cors, "
                       "allow_origins, of the gateway's configuration if it is meant to"};
  }
  return std::nullopt;
}

}  // namespace steelyard::gateway
