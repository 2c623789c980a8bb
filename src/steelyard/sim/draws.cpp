#include "steelyard/sim/draws.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::sim {

WeightedChoice::WeightedChoice(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) {
    STEELYARD_ASSERT(weight >= 0);
    sums_.push_back(sum += weight);
  }
  STEELYARD_ASSERT(sum > 0);
}

std::uint32_t WeightedChoice::draw(base::Random& random) const {
  const auto found = std::ranges::upper_bound(sums_, uniform(random) * sums_.back());
  const auto place = std::min<std::ptrdiff_t>(found - sums_.begin(),
                                              static_cast<std::ptrdiff_t>(sums_.size()) - 1);
  return static_cast<std::uint32_t>(place);
}

double WeightedChoice::share(std::uint32_t place) const {
  return (sums_[place] - (place == 0 ? 0 : sums_[place - 1])) / sums_.back();
}

std::vector<double> zipf_weights(std::uint32_t count, double alpha) {
  std::vector<double> weights;
  for (std::uint32_t i = 1; i <= count; ++i) weights.push_back(std::pow(i, -alpha));
  return weights;
}

}  // namespace steelyard::sim
