#pragma once

#include <boost/json.hpp>

#include "steelyard/monitor/report.hpp"
#include "steelyard/monitor/survey.hpp"
#include "steelyard/monitor/warnings.hpp"

namespace steelyard::monitor {

/// Each part of the whole in words: `[{"part": "journal", "state": "ok", "text": "…"}, …]`, with
/// the state `warning` for one that there are warnings about, and `off` for one that is not used.
[[nodiscard]] boost::json::array health_parts(const Sources& sources, const Survey& survey,
                                              const Warnings& warnings);

}  // namespace steelyard::monitor
