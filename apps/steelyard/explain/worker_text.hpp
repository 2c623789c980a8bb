#pragma once

#include <string>

#include <boost/json.hpp>

namespace steelyard::cli {

/// The broker's answer about a worker (monitor::explain_worker) as people read it.
[[nodiscard]] std::string worker_text(const boost::json::object& told);

}  // namespace steelyard::cli
