#include "primes/service.hpp"

#include <utility>

#include "primes/stages.hpp"

namespace primes {
namespace {

using namespace steelyard;

constexpr const char* kInProcess = "inproc://primes";

gateway::GatewayOptions gateway_options(const ServiceOptions& options,
                                        const std::shared_ptr<Context>& context) {
  gateway::RouteOptions route;
  route.path = "/is_prime";
  route.queue = kParseQueue;
  route.content_type = "text/plain";
  gateway::GatewayOptions made;
  made.http.listen = options.listen;
  made.broker.endpoint = kInProcess;
  made.broker.context = context;
  made.routes.push_back(std::move(route));
  return made;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::start(const ServiceOptions& options) {
  std::unique_ptr<Service> service(new Service);
  const std::shared_ptr<Context>& context = service->context_;
  BrokerOptions broker_options;
  broker_options.listen = {kInProcess};
  broker_options.context = context;
  auto broker = Broker::open(broker_options);
  if (!broker) return tl::unexpected(broker.error());
  service->broker_ = std::move(*broker);
  service->broker_thread_ = std::jthread([broker = service->broker_.get()] { broker->run(); });
  auto gateway = gateway::Gateway::open(gateway_options(options, context));
  if (!gateway) return tl::unexpected(gateway.error());
  service->gateway_ = std::move(*gateway);
  const auto stage = [&](const char* name) {
    return std::make_unique<LocalStage>(StageOptions{
        .broker = kInProcess, .stage = name, .workers = options.workers, .context = context});
  };
  service->parse_ = stage(kParseQueue);
  service->compute_ = stage(kComputeQueue);
  service->gateway_thread_ = std::jthread([gateway = service->gateway_.get()] { gateway->run(); });
  return service;
}

Service::~Service() {
  if (gateway_) gateway_->stop();
  gateway_thread_ = {};
  parse_.reset();
  compute_.reset();
  if (broker_) broker_->stop_now();
}

}  // namespace primes
