#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace steelyard::cli {

/// Why a job waits and for how long it is expected to, a line for each reason; nothing for a job
/// that does not wait. `told` is the broker's answer about the job (monitor::explain_job).
[[nodiscard]] std::string waiting_text(const boost::json::object& told);

/// "given     to w1 …", with a newline: the sentences stand below each other.
[[nodiscard]] std::string labelled(std::string_view label, std::string_view sentence);

}  // namespace steelyard::cli
