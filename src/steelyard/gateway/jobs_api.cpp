#include "steelyard/gateway/jobs_api.hpp"

#include <utility>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/job_feeds.hpp"

namespace steelyard::gateway {

std::shared_ptr<JobFeeds> make_job_feeds() {
  return std::make_shared<JobFeeds>();
}

JobsApi::JobsApi(BrokerLink& link, JobsApiLimits limits, std::shared_ptr<JobFeeds> feeds)
    : context_(std::make_shared<ApiContext>(ApiContext{link, limits,
                                                       feeds ? std::move(feeds) : make_job_feeds(),
                                                       openapi_document(api_calls())})) {}

JobsApi::~JobsApi() = default;

std::vector<EndpointEntry> JobsApi::endpoints() {
  std::vector<EndpointEntry> entries;
  for (const CallInfo& info : api_calls()) {
    entries.push_back(
        {std::string(info.pattern),
         {std::string(info.method)},
         [context = context_, call = info.call](http::Request request,
                                                RouteTable::Captures captures,
                                                std::shared_ptr<http::Exchange> exchange) {
           call({context, std::move(request), std::move(captures), std::move(exchange)});
         },
         info.may_wait});
  }
  return entries;
}

}  // namespace steelyard::gateway
