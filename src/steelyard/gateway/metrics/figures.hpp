#pragma once

#include <cstdint>

#include "steelyard/gateway/http/server.hpp"
#include "steelyard/gateway/metrics/families.hpp"
#include "steelyard/gateway/metrics/top_counters.hpp"
#include "steelyard/gateway/monitor/board.hpp"

/// What each part of a system says of itself in metrics: a file per part.
namespace steelyard::gateway {

/// What a gateway knows of itself.
struct GatewayFigures {
  http::ServerStats http;
  std::uint32_t in_flight = 0;
  std::uint64_t jobs_gone = 0;       ///< given up because their client went
  std::uint64_t jobs_timed_out = 0;  ///< given up because their time was over
};

/// Names that have series of their own.
inline constexpr std::size_t kMaxQueueSeries = 200;
inline constexpr std::size_t kMaxQueueHistograms = 50;
inline constexpr std::size_t kMaxUserSeries = 20;
inline constexpr std::size_t kMaxStateSeries = 100;
inline constexpr std::size_t kMaxGroupSeries = 200;

/// The choices of names, which last from one scrape to the next.
struct MetricMemory {
  TopCounters queues{kMaxQueueSeries};
  TopCounters queue_times{kMaxQueueHistograms};
  TopCounters users{kMaxUserSeries};
};

/// Of the broker as a whole, from `stats` and `health`. Null: not known, the families stay empty.
void add_broker_metrics(Families& families, const SnapshotText* snapshot);
void add_queue_metrics(Families& families, const SnapshotText* snapshot, MetricMemory& memory);
void add_user_metrics(Families& families, const SnapshotText* snapshot, MetricMemory& memory);
void add_worker_metrics(Families& families, const SnapshotText* snapshot);
void add_state_metrics(Families& families, const SnapshotText* snapshot);
void add_part_metrics(Families& families, const SnapshotText* snapshot);
void add_http_metrics(Families& families, const GatewayFigures& figures);

}  // namespace steelyard::gateway
