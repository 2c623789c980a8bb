#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "steelyard/gateway/gateway_options.hpp"

namespace steelyard::cli {

/// Whether and how a command serves HTTP.
struct HttpChoice {
  bool on = false;
  gateway::GatewayOptions gateway{};
};

/// Adds --http, which takes "none", too; what it takes without the flag is shown as `otherwise`.
void add_http(CLI::App& command, HttpChoice& http, const std::string& otherwise);

}  // namespace steelyard::cli
