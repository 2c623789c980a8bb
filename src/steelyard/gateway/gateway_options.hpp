#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/gateway/http/server.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::gateway {

/// Where a value of a route's jobs comes from.
struct ValueSource {
  enum class From : unsigned char { Nowhere, Fixed, Header, Query, Path };
  From from = From::Nowhere;
  std::string text{};  ///< the value itself, or the name of the header, parameter or capture
};

/// Requests that become jobs.
struct RouteOptions {
  std::string path;  ///< a pattern of RouteTable
  std::vector<std::string> methods{"GET", "POST"};
  std::string queue;  ///< the first stage
  ValueSource user{};
  ValueSource priority{};
  ValueSource state{};
  /// Seconds, a fraction too, up to 24 h, then 504; nowhere: `GatewayOptions::request_timeout`.
  ValueSource time_out_s{};
  std::vector<std::string> tags{};
  /// Of a result that says none; empty: see `content_type_of`.
  std::string content_type{};
  /// The error text of the work is shown to clients; otherwise only that it failed.
  bool show_error_text = false;
};

/// Which pages of other origins a browser lets call this one (the Fetch standard).
struct CorsOptions {
  std::vector<std::string> allow_origins{};  ///< "https://example.org"; "*": all; empty: none
  std::vector<std::string> allow_methods{"GET", "POST", "DELETE"};
  std::vector<std::string> allow_headers{"Content-Type"};
  std::chrono::seconds max_age{600};
};

/// The path that is answered with 200 for as long as the gateway lives, without any worker.
struct HealthOptions {
  std::string path = "/healthz";
  std::string answer = "ok\n";
};

/// What a gateway is to do. Every limit is for all threads together, unless it says so.
struct GatewayOptions {
  http::ServerOptions http{};
  ClientOptions broker{};
  bool insecure = false;  ///< allow addresses beyond loopback; nothing is encrypted
  std::vector<RouteOptions> routes{};
  CorsOptions cors{};
  /// Besides this machine's, the names under which the monitor page may be asked for while HTTP
  /// listens on loopback: those of a proxy in front, in small letters; "*": any.
  std::vector<std::string> allow_hosts{};
  std::string access_log{};  ///< a file; "-": standard error; empty: none
  HealthOptions health{};
  /// Requests that are being worked on: those of routes, and of the jobs API those that hand in
  /// jobs or listen to events, until they are answered or their client goes. One more is answered
  /// 503.
  std::uint32_t max_in_flight = 10'000;
  std::chrono::milliseconds request_timeout{0};  ///< of routes that say none; 0: none
  /// How long requests are still taken after it was told to drain.
  std::chrono::milliseconds drain{28'000};
  /// How long what is in flight may take after that; then it is cut off.
  std::chrono::milliseconds drain_timeout{600'000};
};

}  // namespace steelyard::gateway
