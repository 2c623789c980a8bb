#pragma once

#include <string>

/// What a broker is measured beside: a process that only hands messages through (`zmq_proxy`
/// between a ROUTER and a DEALER), and a process that sends each message back. See measure/load.hpp
/// for the client.
namespace steelyard::cli {

/// Where the two sides of the proxy are; printed as `front ENDPOINT back ENDPOINT`.
struct ProxyEndpoints {
  std::string front;
  std::string back;
};

inline constexpr const char* kFront = "front ";
inline constexpr const char* kBack = " back ";

/// Prints the endpoints and runs until it is killed. Returns the exit status if it cannot.
[[nodiscard]] int run_proxy();

/// Sends back what comes from the proxy's back at `endpoint`, until it is killed.
[[nodiscard]] int run_proxy_worker(const std::string& endpoint);

}  // namespace steelyard::cli
