#include "steelyard/gateway/jobs_api.hpp"

#include <utility>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/job_feeds.hpp"

namespace steelyard::gateway {

namespace {

/// What the document does not name is refused, so that it cannot say too little.
void begin(const CallInfo& info, Call call) {
  auto parameters = Parameters::read(call.request.query());
  if (!parameters) return call.respond(parameters.error());
  if (auto known = parameters->allow_only(info.parameters); !known) {
    return call.respond(known.error());
  }
  call.parameters = std::move(*parameters);
  info.call(std::move(call));
}

}  // namespace

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
         [context = context_, &info](http::Request request, RouteTable::Captures captures,
                                     std::shared_ptr<http::Exchange> exchange) {
           begin(info, {context, std::move(request), std::move(captures), std::move(exchange), {}});
         },
         info.may_wait,
         RouteTable::Slashes::Taken});  // names may have them
  }
  return entries;
}

}  // namespace steelyard::gateway
