#include "steelyard/gateway/route_check.hpp"

#include <string_view>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/paths.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::string_view kOurs =
    "/openapi.json, /metrics and what is under /v1 and /monitor are built in";

bool is_ours(std::string_view path) {
  return is_below(path, kApiPath) || is_below(path, kMonitorPath) || path == kOpenApiPath ||
         path == kMetricsPath;
}

tl::unexpected<Error> taken(const std::string& path) {
  return failure(ErrorCode::InvalidArgument, fmt::format("{} is taken; {}", path, kOurs));
}

Result<void> check_names(const RouteOptions& route) {
  if (!is_valid_name(route.queue)) {
    return failure(ErrorCode::InvalidName,
                   fmt::format("'{}' cannot name a queue", printable(route.queue)));
  }
  if (route.tags.size() > zmq_runtime::kMaxTagsPerJob) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("a job asks for at most {} tags", zmq_runtime::kMaxTagsPerJob));
  }
  for (const std::string& tag : route.tags) {
    if (is_valid_name(tag)) continue;
    return failure(ErrorCode::InvalidName, fmt::format("'{}' cannot name a tag", printable(tag)));
  }
  return {};
}

}  // namespace

Result<void> RouteCheck::add_health(const std::string& path) {
  if (is_ours(path)) return taken(path);
  return table_.add(path, {"GET"}, 0).and_then([this] {
    return table_.add(kReadyPath, {"GET"}, 0);
  });
}

Result<void> RouteCheck::add(const RouteOptions& route) {
  return check_names(route).and_then([&] { return add_pattern(route); });
}

Result<void> RouteCheck::add_pattern(const RouteOptions& route) {
  if (is_ours(route.path)) return taken(route.path);
  return table_.add(route.path, route.methods, 0);
}

Result<void> check_routes(const GatewayOptions& options) {
  RouteCheck check;
  if (const auto health = check.add_health(options.health.path); !health) {
    return failure(health.error().code, "health: " + health.error().context);
  }
  for (const RouteOptions& route : options.routes) {
    if (const auto added = check.add(route); !added) {
      return failure(added.error().code,
                     fmt::format("route {}: {}", route.path, added.error().context));
    }
  }
  return {};
}

}  // namespace steelyard::gateway
