#include "steelyard/gateway/metrics/metrics.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "steelyard/gateway/paths.hpp"
#include "steelyard/gateway/problem.hpp"

namespace steelyard::gateway {
namespace {

constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

void add_connection(Families& families, const Board::Latest& latest) {
  families.gauge("broker_up", "1 while the broker answers the gateway")
      .add(latest.is_connected ? 1 : 0);
  auto age = families.gauge("snapshot_age_seconds", "How old the broker's figures are");
  if (!latest.is_connected) return;
  age.add(std::chrono::duration<double>(Board::Clock::now() - latest.sighting->at()).count());
}

}  // namespace

std::string Metrics::text(const Board::Latest& latest, const GatewayFigures& figures) {
  const SnapshotText* snapshot = latest.is_connected ? &latest.sighting->snapshot() : nullptr;
  Families families;
  add_connection(families, latest);
  add_broker_metrics(families, snapshot);
  {
    const std::scoped_lock lock(mutex_);
    add_queue_metrics(families, snapshot, memory_);
    add_user_metrics(families, snapshot, memory_);
  }
  add_worker_metrics(families, snapshot);
  add_state_metrics(families, snapshot);
  add_part_metrics(families, snapshot);
  add_http_metrics(families, figures);
  return families.text();
}

EndpointEntry metrics_endpoint(std::shared_ptr<Metrics> metrics, std::shared_ptr<Board> board,
                               std::function<GatewayFigures()> figures) {
  const auto answer = [metrics = std::move(metrics), board,
                       figures = std::move(figures)](http::Exchange& exchange) {
    exchange.respond(
        {.content_type = kContentType, .body = metrics->text(board->latest(), figures())});
  };
  const auto call = [board, answer](const http::Request&, const RouteTable::Captures&,
                                    const std::shared_ptr<http::Exchange>& exchange) {
    // The exchange is left to its own thread.
    auto told = [answer, waits = exchange, executor = exchange->executor()]() mutable {
      boost::asio::post(executor, [answer, answered = std::move(waits)] { answer(*answered); });
    };
    if (!board->ask(Board::Clock::now(), std::move(told))) {
      exchange->respond(to_response(Problem{.status = 503,
                                            .code = "too_many_questions",
                                            .detail = "too many ask for metrics at once",
                                            .retry_after = std::chrono::seconds(1)}));
    }
  };
  return {std::string(kMetricsPath), {"GET"}, call};
}

}  // namespace steelyard::gateway
