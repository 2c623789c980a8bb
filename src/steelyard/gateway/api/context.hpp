#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "steelyard/gateway/api/parameters.hpp"
#include "steelyard/gateway/endpoint.hpp"
#include "steelyard/gateway/jobs_api.hpp"
#include "steelyard/gateway/problem.hpp"

namespace steelyard::gateway {

/// What every call of one thread works with.
struct ApiContext {
  BrokerLink& link;
  JobsApiLimits limits;
  std::shared_ptr<JobFeeds> feeds;
  std::string openapi;  ///< the document
  std::uint32_t watched_jobs = 0;
  std::uint32_t waiting_cancels = 0;
};

/// How long the broker may take to say that it has a job.
inline constexpr std::chrono::milliseconds kAcknowledgeTimeout{10'000};

/// A request on its way to its answer.
struct Call {
  std::shared_ptr<ApiContext> context;
  http::Request request;
  RouteTable::Captures captures;
  std::shared_ptr<http::Exchange> exchange;
  Parameters parameters;  ///< of the query: those of its CallInfo

  /// The text of a capture; empty: the pattern has none of this name.
  [[nodiscard]] std::string_view capture(std::string_view name) const;
  void respond(const Problem& problem) const { exchange->respond(to_response(problem)); }
  void respond(const Error& error) const;
  void respond(const boost::json::value& value, unsigned status = 200) const;
  /// The job that the path names. Errors: InvalidArgument.
  [[nodiscard]] Result<JobId> job() const;
};

/// One call: how it is reached, what it does, and what the document says about it.
struct CallInfo {
  std::string_view method;
  std::string_view pattern;
  void (*call)(Call);
  std::string_view summary;
  std::vector<std::string_view> parameters;  ///< of the query; others are refused
  std::vector<unsigned> statuses;            ///< besides those that every call may have
  std::string_view answer;                   ///< the content type of 200, if there is one
  bool may_wait = false;                     ///< for work, as EndpointEntry
};

/// The whole API: a call is one line here and one file.
[[nodiscard]] const std::vector<CallInfo>& api_calls();

void submit_job(Call call);
void submit_batch(Call call);
void tell_jobs(Call call);
void tell_job(Call call);
void give_result(Call call);
void send_events(Call call);
void cancel_job(Call call);
void explain_job(Call call);
void explain_worker(Call call);
void drain_worker(Call call);
void release_job(Call call);
void drop_job(Call call);
void give_openapi(Call call);

/// Asks the broker how the job that the path names stands, and calls `then` with that; answers
/// itself when there is no such job, or no answer.
void with_job_status(Call call, void (*then)(const Call& call, const JobId& id, JobStatus& status));

/// Asks the broker for a report and answers with it. `unknown`: what InvalidArgument means.
void answer_with_report(Call call, std::string what, std::string_view unknown = {});

/// A result as it is, with the content type that fits it.
[[nodiscard]] http::Response result_response(const JobId& id, std::string result);
[[nodiscard]] Problem no_such_job(const JobId& id);
[[nodiscard]] bool is_under_way(Standing standing);

/// The OpenAPI 3.1 document of these calls.
[[nodiscard]] std::string openapi_document(const std::vector<CallInfo>& calls);

}  // namespace steelyard::gateway
