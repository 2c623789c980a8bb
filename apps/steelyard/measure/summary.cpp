#include "measure/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "cli/table.hpp"
#include "steelyard/base/assert.hpp"

namespace steelyard::cli {
namespace {

double median_of(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

std::string rounded(double value) {
  return with_commas(static_cast<std::uint64_t>(std::llround(value)));
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  STEELYARD_ASSERT(!values.empty());
  std::ranges::sort(values);
  return {median_of(values), values.front(), values.back()};
}

double ratio_in_turns(const std::vector<double>& ours, const std::vector<double>& theirs) {
  STEELYARD_ASSERT(ours.size() == theirs.size());
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
  return spread_of(std::move(ratios)).median;
}

boost::json::object to_json(const Spread& spread) {
  return {{"median", spread.median}, {"min", spread.min}, {"max", spread.max}};
}

std::string readable(const Spread& spread) {
  return fmt::format("{} ({} to {})", rounded(spread.median), rounded(spread.min),
                     rounded(spread.max));
}

}  // namespace steelyard::cli
