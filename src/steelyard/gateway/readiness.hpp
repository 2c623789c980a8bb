#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "steelyard/gateway/broker_link.hpp"
#include "steelyard/gateway/http/exchange.hpp"

namespace steelyard::gateway {

/// Whether traffic should come here: 200 when the broker answers and every queue of the routes has
/// a worker, else 503; `{"ready":false,"reasons":["…"]}` says why.
///
/// The broker is asked at most once a second, whatever the number of requests.
/// Thread safety: none; the link's thread. The link outlives it.
class Readiness {
 public:
  Readiness(BrokerLink& link, std::set<std::string> queues)
      : link_(link), queues_(std::move(queues)) {}

  /// Answers now, or when the broker has. `draining`: that is why not.
  void answer(bool draining, std::shared_ptr<http::Exchange> exchange);

 private:
  using Clock = std::chrono::steady_clock;

  void ask();
  void take(const Result<std::string>& report);
  static void respond(http::Exchange& exchange, const std::vector<std::string>& reasons);

  BrokerLink& link_;
  std::set<std::string> queues_;
  std::vector<std::string> reasons_;
  Clock::time_point fresh_until_{};
  bool asking_ = false;
  std::vector<std::shared_ptr<http::Exchange>> waiting_;
};

}  // namespace steelyard::gateway
