#pragma once

#include <string>
#include <string_view>

#include "steelyard/gateway/api/job_feeds.hpp"
#include "steelyard/runtime/zmq/completions.hpp"

namespace steelyard::gateway {

/// Adds what is news of a job to its feed: `progress`, `partial`, `restarted`, `gap`.
void tell_news(JobFeed& feed, const Completion& news);
/// Adds how it ended as `outcome`, the last event; the result itself is not in it.
void tell_outcome(JobFeed& feed, std::string_view id, const Result<std::string>& result);
/// The data of an `outcome`: {"id","status"} and, of one that did not finish, "error" and "code".
[[nodiscard]] std::string outcome_json(std::string_view id, Standing standing,
                                       const Result<std::string>& result);

}  // namespace steelyard::gateway
