#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "steelyard/runtime/zmq/context.hpp"

namespace hello {

struct ClientOptions {
  std::string broker = steelyard::kDefaultEndpoint;
  std::string first_name = "Ada";
  std::string last_name = "Lovelace";
  std::string user{};         ///< whose share the jobs count for; empty: nobody's
  std::int32_t priority = 0;  ///< higher = sooner
};

/// Leads jobs through their lives and prints each step in a line: submit, get, cancel, wait,
/// callbacks, and where the time went. Returns the program's exit status.
[[nodiscard]] int run_client(const ClientOptions& options, const std::stop_token& stop);

}  // namespace hello
