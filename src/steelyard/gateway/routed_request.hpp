#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "steelyard/gateway/broker_link.hpp"
#include "steelyard/gateway/deadlines.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/http/exchange.hpp"
#include "steelyard/gateway/route_job.hpp"

namespace steelyard::gateway {

/// Counters of all threads, since the start, and what is there now.
struct RouteCounters {
  std::atomic<std::uint32_t> in_flight{0};  ///< now
  std::atomic<std::uint64_t> gone{0};       ///< jobs given up because their client went
  std::atomic<std::uint64_t> timed_out{0};  ///< jobs given up because their time was over
};

/// What the requests of one thread are worked on with.
struct RouteTools {
  BrokerLink& link;
  Deadlines& deadlines;
  RouteCounters& counters;
};

/// A request whose job is on its way: answered with what the job gives, or at its deadline; given
/// up when its client goes.
///
/// Lives for as long as the link knows it. Thread safety: none; the exchange's thread.
class RoutedRequest final : public JobWaiter, public Deadlined {
 public:
  /// `route` and `tools` outlive it.
  RoutedRequest(const RouteOptions& route, RouteTools& tools,
                std::shared_ptr<http::Exchange> exchange)
      : route_(route), tools_(tools), exchange_(std::move(exchange)) {
    tools_.counters.in_flight.fetch_add(1, std::memory_order_relaxed);
  }
  ~RoutedRequest() override { tools_.counters.in_flight.fetch_sub(1, std::memory_order_relaxed); }
  RoutedRequest(const RoutedRequest&) = delete;
  RoutedRequest& operator=(const RoutedRequest&) = delete;

  static void begin(const std::shared_ptr<RoutedRequest>& request, RouteJob job);

  void on_answer(Result<std::string> result, const JobTimes& times) override;
  void on_deadline() override;

 private:
  void on_gone();
  void give_up(std::atomic<std::uint64_t>& counter);
  void forget_deadline();

  const RouteOptions& route_;
  RouteTools& tools_;
  std::shared_ptr<http::Exchange> exchange_;
  BrokerLink::Ticket ticket_ = 0;
  std::optional<Deadlines::Slot> deadline_;
  std::chrono::milliseconds time_out_{};
};

}  // namespace steelyard::gateway
