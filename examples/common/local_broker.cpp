#include "common/local_broker.hpp"

#include <utility>

namespace example {

steelyard::Result<std::unique_ptr<LocalBroker>> LocalBroker::start(const std::string& strategy) {
  steelyard::BrokerOptions options;
  options.listen = {"tcp://127.0.0.1:0"};
  options.strategy = strategy;
  auto broker = steelyard::Broker::open(options);
  if (!broker) return tl::unexpected(broker.error());
  return std::unique_ptr<LocalBroker>(new LocalBroker(std::move(*broker)));
}

LocalBroker::LocalBroker(std::unique_ptr<steelyard::Broker> broker)
    : broker_(std::move(broker)), thread_([this] { broker_->run(); }) {}

LocalBroker::~LocalBroker() {
  broker_->stop_now();
}

}  // namespace example
