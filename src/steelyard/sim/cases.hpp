#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steelyard/sim/measures.hpp"

namespace steelyard::sim {

/// One thing that is measured of a run.
enum class Metric : std::uint8_t {
  Switches,       ///< loads begun
  Makespan,       ///< s
  MeanWait,       ///< s
  NinetyNinth,    ///< s; 99 % of the jobs wait no longer
  LongestOfCold,  ///< s; longest wait of a job of the state `cold`
};
[[nodiscard]] std::string_view to_string(Metric metric);

/// Requires (asserted), for LongestOfCold: there is such a state.
[[nodiscard]] double measured(Metric metric, const Measures& measures);

/// What a strategy must reach.
struct Figure {
  Metric metric = Metric::Switches;
  double at_most = 0;
};

/// A workload and what the strategy that is on trial must make of it.
struct Case {
  std::string name;
  std::string summary;   ///< one line for people
  std::string workload;  ///< as for `make_scenario`
  std::string on_trial;  ///< the strategy that the figures are about
  std::vector<Figure> figures;
};

/// Every case there is. Each is long enough for its mean wait to differ by less than 2 % from that
/// of a longer run.
[[nodiscard]] const std::vector<Case>& cases();

/// The case of this name; nullptr: there is none.
[[nodiscard]] const Case* find_case(std::string_view name);

}  // namespace steelyard::sim
