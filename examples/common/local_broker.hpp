#pragma once

#include <memory>
#include <string>
#include <thread>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/broker.hpp"

namespace example {

/// A broker on a free loopback port, on a thread of this process.
/// It stops at once when this object ends; by then clients and workers should have.
class LocalBroker {
 public:
  /// Errors: those of Broker::open; among them InvalidArgument for an unknown strategy.
  [[nodiscard]] static steelyard::Result<std::unique_ptr<LocalBroker>> start(
      const std::string& strategy);
  ~LocalBroker();
  LocalBroker(const LocalBroker&) = delete;
  LocalBroker& operator=(const LocalBroker&) = delete;

  /// Where clients and workers find it.
  [[nodiscard]] const std::string& endpoint() const { return broker_->endpoints().front(); }

 private:
  explicit LocalBroker(std::unique_ptr<steelyard::Broker> broker);

  std::unique_ptr<steelyard::Broker> broker_;
  std::jthread thread_;
};

}  // namespace example
