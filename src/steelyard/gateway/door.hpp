#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "steelyard/gateway/broker_link.hpp"
#include "steelyard/gateway/browser_guard.hpp"
#include "steelyard/gateway/cors.hpp"
#include "steelyard/gateway/deadlines.hpp"
#include "steelyard/gateway/endpoint.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/http/exchange.hpp"
#include "steelyard/gateway/jobs_api.hpp"
#include "steelyard/gateway/metrics/metrics.hpp"
#include "steelyard/gateway/monitor/board.hpp"
#include "steelyard/gateway/monitor/watch.hpp"
#include "steelyard/gateway/readiness.hpp"
#include "steelyard/gateway/route_table.hpp"
#include "steelyard/gateway/routed_request.hpp"

namespace steelyard::gateway {

/// What the doors of all threads share. It outlives them.
struct Lobby {
  explicit Lobby(GatewayOptions asked)
      : options(std::move(asked)), cors(options.cors), guard(options, cors) {}

  const GatewayOptions options;
  const Cors cors;
  const BrowserGuard guard;
  std::atomic<bool> draining{false};
  RouteCounters counters;
  /// A stream may be listened to at another thread than the one that handed in its job.
  const std::shared_ptr<JobFeeds> feeds = make_job_feeds();
  /// What is known of the broker; one of the doors asks.
  const std::shared_ptr<Board> board = std::make_shared<Board>();
  std::atomic<bool> is_watched{false};
  const std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>();
  /// Set before the doors are opened.
  std::function<http::ServerStats()> http_stats;
  std::string address;

  [[nodiscard]] GatewayFigures figures() const {
    return {http_stats(), counters.in_flight, counters.gone, counters.timed_out};
  }
};

/// Sends each request of one thread where it belongs: to a route's queue, to the jobs API, to what
/// is answered here.
///
/// Thread safety: none; its thread.
class Door final : public http::Handler {
 public:
  /// Requires: `check_routes` has nothing against the routes.
  Door(boost::asio::io_context& thread, Lobby& lobby);

  void handle(http::Request request, std::shared_ptr<http::Exchange> exchange) override;

 private:
  void add(EndpointEntry entry);
  void add_monitor();
  /// An endpoint whose requests are counted, and refused when there are too many.
  [[nodiscard]] Endpoint limited(Endpoint call);
  /// Whether one more request may be worked on; the exchange is answered otherwise.
  [[nodiscard]] bool has_room(http::Exchange& exchange) const;
  static void refuse_method(const http::Request& request, const std::string& allow,
                            http::Exchange& exchange);
  void route(const RouteOptions& route, http::Request& request,
             const RouteTable::Captures& captures, std::shared_ptr<http::Exchange> exchange);

  Lobby& lobby_;
  BrokerLink link_;
  Deadlines deadlines_;
  RouteTools tools_;
  Readiness readiness_;
  JobsApi api_;
  std::optional<Watch> watch_;  // at one of the threads
  RouteTable table_;
  std::vector<Endpoint> endpoints_;  // by target
};

}  // namespace steelyard::gateway
