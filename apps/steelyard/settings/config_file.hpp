#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/user_weights.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/config/section.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/runtime/zmq/broker.hpp"

/// The one configuration file, docs/configuration.md. Each command takes the sections that concern
/// it; all of them are checked.
namespace steelyard::cli {

/// Whoever is alive says so every second; one message may be late.
inline constexpr std::int64_t kShortestSilenceMs = 2'000;

/// Workers that `steelyard up` starts, as the flags of `steelyard worker` say them.
struct WorkerSettings {
  std::vector<std::string> arguments;
  std::uint32_t count = 1;
  std::string name;
};

struct Configuration {
  BrokerOptions broker;
  gateway::GatewayOptions gateway;
  bool has_gateway = false;
  std::vector<WorkerSettings> workers;
};

/// Errors: SystemError when it cannot be read; InvalidArgument with a line for each mistake.
[[nodiscard]] Result<Configuration> read_configuration(const std::string& file);

/// As `read_configuration`, over a text. For tests.
[[nodiscard]] Result<Configuration> parse_configuration(const std::string& file,
                                                        std::string_view text);

/// Adds --config, whose file is given to `take`. Must be added before the flags that win over it:
/// those are read in their order.
void add_config(CLI::App& command, std::function<void(Result<Configuration>)> take);

void read_broker_settings(config::Section& section, BrokerOptions& broker);
void read_worker_settings(config::Section& section, WorkerSettings& worker);

}  // namespace steelyard::cli
