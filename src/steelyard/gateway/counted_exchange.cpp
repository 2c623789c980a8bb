#include "steelyard/gateway/counted_exchange.hpp"

namespace steelyard::gateway {

CountedExchange::CountedExchange(std::atomic<std::uint32_t>& in_flight,
                                 std::shared_ptr<http::Exchange> exchange)
    : in_flight_(&in_flight), exchange_(std::move(exchange)) {
  in_flight_->fetch_add(1, std::memory_order_relaxed);
}

void CountedExchange::leave() {
  if (in_flight_ == nullptr) return;
  std::exchange(in_flight_, nullptr)->fetch_sub(1, std::memory_order_relaxed);
}

void CountedExchange::respond(http::Response response) {
  leave();
  exchange_->respond(std::move(response));
}

void CountedExchange::end() {
  leave();
  exchange_->end();
}

void CountedExchange::when_gone(std::function<void()> gone) {
  // The exchange that is told is this one's own, and goes with it.
  exchange_->when_gone([this, gone = std::move(gone)] {
    leave();
    gone();
  });
}

}  // namespace steelyard::gateway
