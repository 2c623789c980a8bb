#include "steelyard/service/core.hpp"

#include <utility>

#include <fmt/format.h>

namespace steelyard {
namespace {

constexpr const char* kInProcess = "inproc://core";

tl::unexpected<Error> at_setting(std::string_view setting, const Error& error) {
  return failure(error.code, fmt::format("{}: {}", setting, error.context));
}

}  // namespace

Result<std::unique_ptr<Core>> Core::start(const std::string& file) {
  const auto configuration = service::read_configuration(file);
  if (!configuration) return tl::unexpected(configuration.error());
  return start(*configuration);
}

Result<std::unique_ptr<Core>> Core::start(const service::Configuration& configuration) {
  BrokerOptions broker_options = configuration.broker;
  if (configuration.has_gateway) {
    if (!broker_options.context) broker_options.context = std::make_shared<Context>();
    broker_options.listen.emplace_back(kInProcess);
  }
  auto broker = Broker::open(broker_options);
  if (!broker) return at_setting("broker", broker.error());
  std::unique_ptr<gateway::Gateway> gateway;
  if (configuration.has_gateway) {
    gateway::GatewayOptions options = configuration.gateway;
    options.broker.endpoint = kInProcess;
    options.broker.context = broker_options.context;
    options.insecure = options.insecure || broker_options.insecure;
    auto opened = gateway::Gateway::open(std::move(options));
    if (!opened) return at_setting("gateway", opened.error());
    gateway = std::move(*opened);
  }
  return std::unique_ptr<Core>(new Core(std::move(*broker), std::move(gateway)));
}

Core::Core(std::unique_ptr<Broker> broker, std::unique_ptr<gateway::Gateway> gateway)
    : broker_(std::move(broker)),
      gateway_(std::move(gateway)),
      endpoints_(broker_->endpoints()),
      http_(gateway_ ? gateway_->address() : std::string()),
      thread_([this] { run(); }) {
  std::erase(endpoints_, kInProcess);
}

Core::~Core() {
  stop();
  wait();
}

void Core::stop() {
  if (gateway_) {
    gateway_->drain(std::chrono::milliseconds(0));
  } else {
    broker_->stop();
  }
}

void Core::stop_now() {
  if (gateway_) gateway_->stop();
  broker_->stop_now();
}

void Core::wait() {
  const std::scoped_lock lock(joining_);
  if (thread_.joinable()) thread_.join();
}

/// The gateway stands in front: the broker stops when that has answered everybody.
void Core::run() {
  std::jthread serving;
  if (gateway_) {
    serving = std::jthread([this] {
      gateway_->run();
      broker_->stop();
    });
  }
  broker_->run();
  if (gateway_) gateway_->stop();
}

}  // namespace steelyard
