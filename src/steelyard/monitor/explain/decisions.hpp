#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "steelyard/core/decision_log.hpp"
#include "steelyard/monitor/report.hpp"

/// Decisions of the scheduler as people read them.
namespace steelyard::monitor {

/// Why a job was given to a worker, or why a worker was given nothing, as the end of a sentence.
[[nodiscard]] std::string_view in_words(strategy::Reason why);

/// The name of the worker that had this number at that time; null when that one has left.
[[nodiscard]] boost::json::value worker_at(const Sources& sources, WorkerId id, TimePoint when);

/// `ago_s`, `worker`, `job`, `queue`, `state`, `loads`, `gave_up`, `why`, `because` and, for one
/// that gave nothing, `for_at_most_s`, counted from the decision; null: until something changes.
[[nodiscard]] boost::json::object decision_row(const Sources& sources,
                                               const core::Decision& decision);

}  // namespace steelyard::monitor
