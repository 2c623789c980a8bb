#pragma once

#include <string>

#include <boost/json.hpp>

namespace steelyard::cli {

/// The broker's answer about a job (monitor::explain_job) as people read it.
[[nodiscard]] std::string job_text(const boost::json::object& told);

}  // namespace steelyard::cli
