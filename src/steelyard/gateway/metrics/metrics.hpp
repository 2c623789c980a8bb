#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "steelyard/gateway/endpoint.hpp"
#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/monitor/board.hpp"

namespace steelyard::gateway {

/// What GET /metrics says, in the text format of Prometheus: of the broker and all that it knows,
/// and of this gateway. While the broker does not answer there are only `steelyard_broker_up` 0 and
/// the gateway's own figures, so that nothing old is taken for new.
///
/// The number of series is bounded, whatever there is: see figures.hpp and docs/metrics.md.
/// Thread safety: all members may be called from any thread.
class Metrics {
 public:
  /// Cost: some milliseconds per thousand workers or queues.
  [[nodiscard]] std::string text(const Board::Latest& latest, const GatewayFigures& figures);

 private:
  std::mutex mutex_;
  MetricMemory memory_;  // guarded by mutex_
};

/// GET /metrics: answered with what is not older than a second. `figures`: of the gateway, now.
[[nodiscard]] EndpointEntry metrics_endpoint(std::shared_ptr<Metrics> metrics,
                                             std::shared_ptr<Board> board,
                                             std::function<GatewayFigures()> figures);

}  // namespace steelyard::gateway
