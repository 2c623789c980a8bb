#pragma once

#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/route_table.hpp"

namespace steelyard::gateway {

/// Whether routes can be served: each for itself, and told apart from each other and from what is
/// built in. For a configuration, which names the place of a mistake, and for `Gateway::open`.
/// Thread safety: none.
class RouteCheck {
 public:
  /// Where health is asked for. Must come first, and once. Errors: InvalidArgument.
  [[nodiscard]] Result<void> add_health(const std::string& path);
  /// Errors: InvalidArgument; InvalidName for a queue or tag; TooManyNames. Then it is not counted
  /// as there.
  [[nodiscard]] Result<void> add(const RouteOptions& route);
  /// As `add`, and looks at nothing but its path and methods.
  [[nodiscard]] Result<void> add_pattern(const RouteOptions& route);

 private:
  RouteTable table_;
};

/// Everything that `RouteCheck` checks; the first error, naming the route.
[[nodiscard]] Result<void> check_routes(const GatewayOptions& options);

}  // namespace steelyard::gateway
