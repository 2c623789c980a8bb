#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "steelyard/runtime/zmq/job_id.hpp"

namespace steelyard {

/// How a job stands, with its result or error, as programs are told: the same on the command line
/// and over HTTP. A result that is not UTF-8 is `result_base64`.
[[nodiscard]] boost::json::object job_json(std::string_view id, const JobStatus& status);

/// What became of a job that was to be cancelled.
[[nodiscard]] boost::json::object job_json(std::string_view id, const Cancellation& cancellation);

}  // namespace steelyard
