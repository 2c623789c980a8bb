#include "graph/latencies.hpp"

#include <gtest/gtest.h>

namespace graph {
namespace {

TEST(Latencies, have_quantiles_that_are_some_requests_own) {
  Latencies latencies;
  EXPECT_EQ(latencies.quantile_ms(0.5), 0);
  for (int i = 100; i > 0; --i) latencies.add(std::chrono::milliseconds(i));
  EXPECT_EQ(latencies.quantile_ms(0), 1);
  EXPECT_EQ(latencies.quantile_ms(0.5), 50);
  EXPECT_EQ(latencies.quantile_ms(0.99), 99);
  EXPECT_EQ(latencies.quantile_ms(1), 100);
}

}  // namespace
}  // namespace graph
