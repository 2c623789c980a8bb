#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "primes/stage_worker.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/gateway/gateway.hpp"
#include "steelyard/runtime/zmq/broker.hpp"

namespace primes {

struct ServiceOptions {
  std::string listen = "127.0.0.1:0";  ///< ADDRESS:PORT; port 0: a free one
  std::uint32_t workers = 1;           ///< threads of each stage
};

/// The whole service in this process: a gateway, a broker and both stages, joined in memory. The
/// same parts run as processes on as many machines as you like, see primes.json.
class Service {
 public:
  /// Errors: those of Gateway::open and Broker::open.
  [[nodiscard]] static steelyard::Result<std::unique_ptr<Service>> start(
      const ServiceOptions& options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Where it listens, with the port that was taken.
  [[nodiscard]] std::string address() const { return gateway_->address(); }

 private:
  Service() = default;

  std::shared_ptr<steelyard::Context> context_ = std::make_shared<steelyard::Context>();
  std::unique_ptr<steelyard::Broker> broker_;
  std::unique_ptr<steelyard::gateway::Gateway> gateway_;
  std::jthread broker_thread_;
  std::unique_ptr<LocalStage> parse_;
  std::unique_ptr<LocalStage> compute_;
  std::jthread gateway_thread_;
};

}  // namespace primes
