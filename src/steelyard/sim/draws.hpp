#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "steelyard/base/random.hpp"

/// Random numbers of the usual kinds, drawn from the seeded generator of this project with formulas
/// of its own: those of the standard library differ between machines.
namespace steelyard::sim {

/// Uniform in (0, 1): never 0, so that its logarithm exists.
[[nodiscard]] inline double uniform(base::Random& random) {
  return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1p-53;
}

/// Exponential with this mean.
[[nodiscard]] inline double exponential(base::Random& random, double mean) {
  return -std::log(uniform(random)) * mean;
}

/// Gamma with this shape and mean: the smaller the shape, the more comes in bursts; with shape 1 it
/// is exponential. Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
/// Requires: shape > 0.
[[nodiscard]] double gamma(base::Random& random, double shape, double mean);

/// Draws places of a list in proportion to their weights, by binary search.
class WeightedChoice {
 public:
  /// Requires (asserted): not empty, no weight negative, one of them positive.
  explicit WeightedChoice(const std::vector<double>& weights);

  [[nodiscard]] std::uint32_t draw(base::Random& random) const;
  /// The place's part of the whole.
  [[nodiscard]] double share(std::uint32_t place) const;

 private:
  std::vector<double> sums_;
};

/// Zipf's weights: the i-th of `count` has i^-alpha.
[[nodiscard]] std::vector<double> zipf_weights(std::uint32_t count, double alpha);

}  // namespace steelyard::sim
