#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/broker_link.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/gateway/http/message.hpp"
#include "steelyard/gateway/problem.hpp"
#include "steelyard/gateway/route_table.hpp"
#include "steelyard/runtime/task/http_message.hpp"

/// What of a request becomes a job, and what of the job's result becomes the response.
namespace steelyard::gateway {

/// A request as a job, and how long its client waits.
struct RouteJob {
  HandIn job;
  std::optional<std::chrono::milliseconds> time_out;  ///< nothing: for as long as it takes
};

/// Errors: InvalidArgument, naming the header, parameter or part of the path whose value cannot be
/// used; one that is missing, or empty, is as if the route did not ask for it.
[[nodiscard]] Result<RouteJob> to_job(const RouteOptions& route, http::Request& request,
                                      const RouteTable::Captures& captures);

/// The response that a job's result is. One that `read_http_answer` refuses is answered with 502.
[[nodiscard]] http::Response to_response(const RouteOptions& route, std::string_view result);

/// What a job's error is.
[[nodiscard]] http::Response to_response(const RouteOptions& route, const Error& error);

}  // namespace steelyard::gateway
