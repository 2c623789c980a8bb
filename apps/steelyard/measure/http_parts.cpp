#include "measure/http_parts.hpp"

#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/stop_signals.hpp"
#include "measure/load.hpp"
#include "steelyard/gateway/gateway.hpp"
#include "steelyard/runtime/zmq/broker.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kInside = "inproc://bench-http";

std::string answer(const Work&, WorkerState&) {
  return "ok\n";
}

BrokerOptions broker_options(const std::shared_ptr<Context>& context) {
  BrokerOptions options;
  options.listen = {"tcp://127.0.0.1:0", kInside};
  options.context = context;
  return options;
}

gateway::GatewayOptions gateway_options(const std::string& address,
                                        const std::shared_ptr<Context>& context) {
  gateway::GatewayOptions options;
  options.http.listen = address;
  options.broker.endpoint = kInside;
  options.broker.context = context;
  options.routes.push_back({.path = "/", .methods = {"GET"}, .queue = kBenchQueue});
  return options;
}

Result<void> serve(Worker& worker) {
  if (auto named = worker.serve(kBenchQueue, answer); !named) return named;
  return worker.run();
}

}  // namespace

int run_http_door(const std::string& address, bool has_worker) {
  StopSignals signals;
  const auto context = std::make_shared<Context>();
  const auto broker = Broker::open(broker_options(context));
  if (!broker) return give_up("bench http-door", broker.error());
  const auto gateway = gateway::Gateway::open(gateway_options(address, context));
  if (!gateway) return give_up("bench http-door", gateway.error());
  Worker worker({.endpoint = kInside, .name = "bench", .context = context});
  signals.watch({.first = [&] { (*gateway)->stop(); }, .second = {}});
  const std::jthread scheduling([&] { (*broker)->run(); });
  std::optional<std::jthread> working;
  if (has_worker) working.emplace([&] { static_cast<void>(serve(worker)); });
  const int printed = print(fmt::format("{}{}{}{}\n", kDoorBroker, (*broker)->endpoints().front(),
                                        kDoorHttp, (*gateway)->address()));
  if (printed == kDone) (*gateway)->run();
  signals.end();
  worker.stop_now();
  (*broker)->stop_now();
  return printed;
}

int run_http_worker(const std::string& broker) {
  StopSignals signals;
  Worker worker({.endpoint = broker, .name = "bench"});
  signals.watch({.first = [&] { worker.stop_now(); }, .second = {}});
  const auto served = serve(worker);
  signals.end();
  return served ? kDone : give_up("bench http-worker", served.error());
}

}  // namespace steelyard::cli
