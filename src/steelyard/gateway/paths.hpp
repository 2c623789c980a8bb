#pragma once

#include <string_view>

/// What is built into a gateway, wherever the routes are.
namespace steelyard::gateway {

inline constexpr std::string_view kApiPath = "/v1";
inline constexpr std::string_view kOpenApiPath = "/openapi.json";
inline constexpr std::string_view kMonitorPath = "/monitor";
inline constexpr std::string_view kMetricsPath = "/metrics";
inline constexpr std::string_view kReadyPath = "/readyz";

/// Whether a path is the folder's own, "/v1", or one below it, "/v1/jobs".
[[nodiscard]] constexpr bool is_below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || path[folder.size()] == '/';
}

}  // namespace steelyard::gateway
