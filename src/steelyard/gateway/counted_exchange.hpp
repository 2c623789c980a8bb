#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "steelyard/gateway/http/exchange.hpp"

namespace steelyard::gateway {

/// Counts a request from its making until it is answered, its client goes, or nobody answers it.
///
/// Thread safety: none; the exchange's thread.
class CountedExchange final : public http::Exchange {
 public:
  /// `in_flight` outlives it.
  CountedExchange(std::atomic<std::uint32_t>& in_flight, std::shared_ptr<http::Exchange> exchange);
  ~CountedExchange() override { leave(); }
  CountedExchange(const CountedExchange&) = delete;
  CountedExchange& operator=(const CountedExchange&) = delete;

  void respond(http::Response response) override;
  void begin_stream(http::Response head) override { exchange_->begin_stream(std::move(head)); }
  void send(std::string bytes) override { exchange_->send(std::move(bytes)); }
  void end() override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return exchange_->unsent_bytes(); }
  void when_unsent_at_most(std::size_t bytes, std::function<void()> drained) override {
    exchange_->when_unsent_at_most(bytes, std::move(drained));
  }
  void when_gone(std::function<void()> gone) override;
  [[nodiscard]] boost::asio::any_io_executor executor() override { return exchange_->executor(); }

 private:
  void leave();

  std::atomic<std::uint32_t>* in_flight_;  // null: it is counted no more
  std::shared_ptr<http::Exchange> exchange_;
};

}  // namespace steelyard::gateway
