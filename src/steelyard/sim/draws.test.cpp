#include "steelyard/sim/draws.hpp"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

TEST(Draws, exponential_has_its_mean) {
  base::Random random(1);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += exponential(random, 3);
  EXPECT_NEAR(sum / 100'000, 3, 0.03);
}

TEST(Draws, gamma_has_its_mean_and_variance) {
  for (const double shape : {0.2, 1.0, 3.0}) {
    base::Random random(1);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 200'000; ++i) {
      const double value = gamma(random, shape, 2);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / 200'000;
    EXPECT_NEAR(mean, 2, 0.05) << shape;
    EXPECT_NEAR(squares / 200'000 - mean * mean, 4 / shape, 0.05 * 4 / shape) << shape;
  }
}

TEST(Draws, weights_are_met) {
  base::Random random(1);
  const WeightedChoice choice({1, 0, 3});
  std::vector<int> drawn(3);
  for (int i = 0; i < 40'000; ++i) ++drawn[choice.draw(random)];
  EXPECT_NEAR(drawn[0], 10'000, 300);
  EXPECT_EQ(drawn[1], 0);
  EXPECT_DOUBLE_EQ(choice.share(2), 0.75);
}

TEST(Draws, zipf_makes_the_second_state_half_as_frequent) {
  EXPECT_EQ(zipf_weights(4, 1), (std::vector<double>{1, 0.5, 1.0 / 3, 0.25}));
}

}  // namespace
}  // namespace steelyard::sim
