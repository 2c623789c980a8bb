#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

namespace steelyard::cli {

/// What a measurement repeated several times says.
struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

/// Requires: at least one value (asserted).
[[nodiscard]] Spread spread_of(std::vector<double> values);

/// How much `ours` is of `theirs`, which were measured in turns: the median of the ratios of each
/// turn, so that a machine that becomes slower meanwhile favours nobody.
/// Requires: equally many values, at least one (asserted).
[[nodiscard]] double ratio_in_turns(const std::vector<double>& ours,
                                    const std::vector<double>& theirs);

[[nodiscard]] boost::json::object to_json(const Spread& spread);

/// "123,456 (120,000 to 130,000)"
[[nodiscard]] std::string readable(const Spread& spread);

}  // namespace steelyard::cli
