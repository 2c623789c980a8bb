#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "steelyard/gateway/broker_link.hpp"
#include "steelyard/gateway/endpoint.hpp"

namespace steelyard::gateway {

struct JobsApiLimits {
  std::chrono::milliseconds max_wait{3'600'000};  ///< of `?wait=`
  std::size_t max_batch_lines = 100'000;
  std::size_t max_batch_line_bytes = 1'000'000;
  /// Jobs of one batch that are on their way at once.
  std::uint32_t max_batch_jobs_ahead = 1'000;
  /// Of a job's stream of events: what may wait for its client.
  std::size_t max_unsent_event_bytes = std::size_t{1} << 20;
  /// Streams of events about jobs that were not handed in here; each asks the broker once a second.
  std::uint32_t max_watched_jobs = 1'000;
  /// Cancels that wait for running jobs to end; each is a question of the link meanwhile.
  std::uint32_t max_waiting_cancels = 1'000;
  std::chrono::milliseconds watch_period{1'000};
  std::chrono::milliseconds keep_alive_period{15'000};
};

struct ApiContext;
class JobFeeds;

/// The events of jobs that stream, to be shared by all threads of a gateway.
[[nodiscard]] std::shared_ptr<JobFeeds> make_job_feeds();

/// The calls under /v1, and /openapi.json, of one thread of the gateway.
/// Thread safety: none; that of its link. The link outlives it.
class JobsApi {
 public:
  /// `feeds`: of all threads, so that events can be asked for at any of them; nullptr: its own.
  explicit JobsApi(BrokerLink& link, JobsApiLimits limits = {},
                   std::shared_ptr<JobFeeds> feeds = nullptr);
  ~JobsApi();
  JobsApi(const JobsApi&) = delete;
  JobsApi& operator=(const JobsApi&) = delete;

  /// Every call there is; they may be called for as long as this lives.
  [[nodiscard]] std::vector<EndpointEntry> endpoints();

 private:
  std::shared_ptr<ApiContext> context_;
};

}  // namespace steelyard::gateway
