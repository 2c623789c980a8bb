#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/http/exchange.hpp"

namespace steelyard::gateway {

/// What browsers are told about requests from pages of other origins.
///
/// Thread safety: constant after construction.
class Cors {
 public:
  explicit Cors(const CorsOptions& options);

  /// Whether the request comes from a page whose origin is allowed.
  [[nodiscard]] bool applies_to(const http::Request& request) const;
  /// Whether it only asks what would be allowed.
  [[nodiscard]] static bool is_preflight(const http::Request& request);
  [[nodiscard]] http::Response preflight_answer(const http::Request& request) const;
  /// Whether any origin is allowed anything.
  [[nodiscard]] bool is_on() const { return !origins_.empty(); }
  /// An exchange whose answer allows the page of `request` to read it, if it may, and otherwise
  /// tells caches that it is not for everybody.
  [[nodiscard]] std::shared_ptr<http::Exchange> allowing(
      const http::Request& request, std::shared_ptr<http::Exchange> exchange) const;

 private:
  [[nodiscard]] std::vector<http::Header> headers_for(const http::Request& request) const;

  std::vector<std::string> origins_;
  bool any_origin_ = false;
  std::string methods_;
  std::string headers_;
  std::string max_age_s_;
};

}  // namespace steelyard::gateway
