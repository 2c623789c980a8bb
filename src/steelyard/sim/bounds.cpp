#include "steelyard/sim/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace steelyard::sim {
namespace {

double rate(const StateFacts& state) {
  return state.arrivals_per_s;
}

double load(const StateFacts& state) {
  return state.arrivals_per_s * state.run_s;
}

/// The sum of the waits that begin in a second, over the states that share `workers`; nullopt when
/// they cannot.
std::optional<double> shared_wait(std::span<const StateFacts> states, double workers) {
  if (states.empty()) return 0;
  double roots = 0;
  double busy = 0;
  for (const StateFacts& state : states) {
    const double idle = std::max(0.0, 1 - load(state));
    roots += std::sqrt(in_seconds(state.load_time) * rate(state) * idle);
    busy += load(state);
  }
  if (busy >= workers) return std::nullopt;
  return roots * roots / (2 * (workers - busy));
}

}  // namespace

double makespan_bound_s(const Measures& measures, std::uint32_t workers) {
  const double spread = (measures.work_ns + measures.first_loads_ns) / 1e9 / workers;
  return std::max(spread, in_seconds(measures.longest));
}

std::optional<WaitReference> mean_wait_reference(std::span<const StateFacts> states,
                                                 std::uint32_t workers) {
  std::vector<StateFacts> hottest(states.begin(), states.end());
  std::ranges::stable_sort(hottest, std::ranges::greater{}, &StateFacts::arrivals_per_s);
  if (hottest.empty() || hottest.back().arrivals_per_s <= 0) return std::nullopt;
  double total_rate = 0;
  for (const StateFacts& state : hottest) total_rate += rate(state);
  std::optional<WaitReference> best;
  const std::size_t most = std::min<std::size_t>(workers, hottest.size());
  for (std::size_t d = 0; d <= most; ++d) {
    if (d > 0 && load(hottest[d - 1]) >= 1) break;  // one worker is not enough for it
    const auto wait = shared_wait(std::span(hottest).subspan(d), workers - static_cast<double>(d));
    if (!wait || (best && best->mean_wait_s <= *wait / total_rate)) continue;
    best = {*wait / total_rate, static_cast<std::uint32_t>(d)};
  }
  return best;
}

}  // namespace steelyard::sim
