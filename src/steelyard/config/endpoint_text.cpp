#include "steelyard/config/endpoint_text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "steelyard/base/nearest.hpp"

namespace steelyard::config {
namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65535;
}

bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon > 0 && is_port(text.substr(colon + 1));
}

/// Whether nothing but the size of the port is wrong.
bool has_wrong_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (!text.starts_with(kTcp) || colon <= kTcp.size()) return false;
  const std::string_view port = text.substr(colon + 1);
  return !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos &&
         !is_port(port);
}

bool is_endpoint(std::string_view text) {
  if (text.starts_with(kTcp)) return is_address(text.substr(kTcp.size()));
  return text.starts_with(kIpc) && text.size() > kIpc.size();
}

/// The endpoint that was most likely meant; empty when there is none.
std::string likely_endpoint(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (slashes == std::string_view::npos) {
    if (is_address(text)) return std::string(kTcp).append(text);
    if (is_port(text)) return "tcp://127.0.0.1:" + std::string(text);
    return text.starts_with('/') ? std::string(kIpc).append(text) : "";
  }
  const std::string_view rest = text.substr(slashes + 2);
  if (is_address(rest)) return std::string(kTcp).append(rest);
  std::string scheme = base::nearest(text.substr(0, slashes + 2), {"tcp://", "ipc://"});
  if (is_endpoint(scheme + std::string(rest))) return scheme.append(rest);
  if (scheme == kTcp && is_port(rest)) return "tcp://127.0.0.1:" + std::string(rest);
  return "";
}

}  // namespace

std::optional<std::string> wrong_endpoint(std::string_view text) {
  if (is_endpoint(text)) return std::nullopt;
  const std::string near = likely_endpoint(text);
  if (has_wrong_port(text)) {
    return fmt::format("'{}' is not an endpoint: a port is 0 to 65535", text.substr(0, 100));
  }
  return fmt::format("'{}' is not an endpoint{} (tcp://ADDRESS:PORT or ipc://PATH)",
                     text.substr(0, 100),
                     near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
}

std::optional<std::string> wrong_address(std::string_view text) {
  if (is_address(text)) return std::nullopt;
  return fmt::format("'{}' is not ADDRESS:PORT, such as 127.0.0.1:7480", text.substr(0, 100));
}

}  // namespace steelyard::config
