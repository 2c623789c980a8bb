#include "steelyard/sim/draws.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::sim {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Normal with mean 0 and deviation 1, by the method of Box and Muller.
double normal(base::Random& random) {
  const double radius = std::sqrt(-2 * std::log(uniform(random)));
  return radius * std::cos(2 * kPi * uniform(random));
}

/// Gamma with scale 1. Requires: shape >= 1.
double gamma_of_large_shape(base::Random& random, double shape) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal(random);
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(uniform(random)) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

double gamma(base::Random& random, double shape, double mean) {
  if (shape >= 1) return gamma_of_large_shape(random, shape) * mean / shape;
  const double larger = gamma_of_large_shape(random, shape + 1);
  return larger * std::pow(uniform(random), 1 / shape) * mean / shape;
}

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
