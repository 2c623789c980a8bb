#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/gateway/cors.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/problem.hpp"

namespace steelyard::gateway {

/// Whether a host, as `Host` or an origin names it, is this machine itself: localhost and what is
/// below it, 127.0.0.0/8, [::1], each with or without a port.
[[nodiscard]] bool is_loopback_host(std::string_view host);

/// Keeps the pages of others from using somebody's browser against what is built in here.
///
/// A browser sends requests for any page, and lets it send some without asking first, though not
/// read their answer. So calls under /v1 that change something are refused with 403 when the
/// browser says that another origin's page wants them, unless CORS allows that origin. And a page
/// can have its own name point at 127.0.0.1 (DNS rebinding), which makes it the same origin: while
/// HTTP listens on loopback, the page, the monitor and all under /v1 are refused with 421 when they
/// are asked for by another host's name. Programs other than browsers send neither. Thread safety:
/// constant after construction.
class BrowserGuard {
 public:
  BrowserGuard(const GatewayOptions& options, const Cors& cors);

  /// What is wrong with the request, if it may not go on.
  [[nodiscard]] std::optional<Problem> objection_to(const http::Request& request) const;

  /// Only programs of this machine can reach it.
  [[nodiscard]] bool is_loopback() const { return is_loopback_; }

 private:
  [[nodiscard]] bool may_be_called(std::string_view host) const;

  const Cors& cors_;
  const std::vector<std::string> hosts_;
  bool is_loopback_ = true;
};

}  // namespace steelyard::gateway
