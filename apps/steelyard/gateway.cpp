#include "steelyard/gateway/gateway.hpp"

#include <chrono>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/seconds.hpp"
#include "cli/stop_signals.hpp"
#include "commands.hpp"
#include "settings/config_file.hpp"
#include "settings/http_flags.hpp"
#include "settings/serve_http.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  HttpChoice http{.on = true};
  BrokerAt broker;
  std::optional<Error> wrong_config;
  LogOptions log;
  std::optional<std::string> configured_http;  ///< before a flag won over it
};

void take(Options& options, Result<Configuration> read) {
  if (!read) {
    options.wrong_config = read.error();
    return;
  }
  const std::string standard = options.http.gateway.broker.endpoint;
  options.http.gateway = std::move(read->gateway);
  options.configured_http = options.http.gateway.http.listen;
  if (options.http.gateway.broker.endpoint != standard) {
    options.broker.endpoint = options.http.gateway.broker.endpoint;
  }
}

int run(const Options& options) {
  StopSignals signals;
  start_log(options.log);
  if (options.wrong_config) return give_up("gateway", *options.wrong_config);
  const auto endpoint = endpoint_of(options.broker);
  if (!endpoint) return give_up("gateway", endpoint.error());
  gateway::GatewayOptions gateway_options = options.http.gateway;
  gateway_options.broker.endpoint = *endpoint;
  const bool as_configured = options.configured_http == gateway_options.http.listen;
  const auto gateway = open_gateway(gateway_options, as_configured ? "gateway.http" : "--http");
  if (!gateway) return give_up("gateway", gateway.error());
  signals.watch(drain_calls(**gateway, gateway_options.drain));
  log_event({LogLevel::Info, "message", fmt::format("broker at {}", *endpoint)});
  say_address(**gateway);
  (*gateway)->run();
  signals.end();
  say_totals(**gateway);
  return kDone;
}

constexpr const char* kFooter =
    "Each request becomes a job as the routes of the configuration say, and under /v1 is the jobs "
    "API. /healthz tells whether it lives, /readyz whether traffic should come.\n"
    "\n"
    "SIGTERM: /readyz turns false at once, for --drain-s requests are still taken while the "
    "traffic is moved away, then what is in flight is answered. Ctrl+C (SIGINT): the same without "
    "the waiting. A second one stops at once.\n"
    "\n"
    "Examples:\n"
    "  steelyard gateway\n"
    "  steelyard gateway --http 127.0.0.1:8080 --broker tcp://127.0.0.1:7411\n"
    "  steelyard gateway --config service.json --access-log access.log";

}  // namespace

void add_gateway(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"gateway", "Take jobs over HTTP, in front of a broker.", kFooter}, chosen, {run});
  Options& kept = options;
  add_config(flags, [&kept](Result<Configuration> read) { take(kept, std::move(read)); });
  gateway::GatewayOptions& gateway = options.http.gateway;
  add_http(flags, options.http, gateway.http.listen);
  add_broker(flags, options.broker);
  add_number<std::uint32_t>(flags,
                            {.name = "--threads",
                             .description = "threads that serve, each a client of the broker",
                             .value = gateway.http.threads,
                             .min = 1,
                             .max = 64});
  add_seconds(flags, {.name = "--drain-s",
                      .description = "how long requests are still taken after SIGTERM",
                      .value = gateway.drain,
                      .max = 3'600});
  flags
      .add_option("--access-log", gateway.access_log,
                  "a line for each request goes there; -: to standard error")
      ->type_name("FILE");
  flags.add_flag("--insecure", gateway.insecure,
                 "allow addresses that other machines can reach, although nothing is encrypted "
                 "and nobody has to prove who they are");
  add_log(flags, options.log);
}

}  // namespace steelyard::cli
