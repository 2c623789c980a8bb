#include "steelyard/strategy/simple_strategy.hpp"

#include <limits>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/strategy/tables.test.hpp"

namespace steelyard::strategy {
namespace {

/// Serves the lane with the value the test gives its state; without one it is skipped.
class Given final : public SimpleStrategy {
 public:
  std::vector<double> values;
  double value(const View&, const Lane& lane, const Worker&) override {
    return values[lane.state.index()];
  }
};

TEST(SimpleStrategy, serves_the_smallest_value_and_equal_ones_in_order_of_arrival) {
  Told<Given> tables;
  const WorkerId worker = tables.join({});
  std::vector<LaneId> lanes;
  for (std::uint32_t state = 0; state < 3; ++state)
    lanes.push_back(tables.waiting_lane({.state = state}));
  tables.strategy.values = {3, -1, 2};
  EXPECT_EQ(served(tables.strategy, tables, worker), lanes[1]);
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::OwnValue);
  tables.strategy.values = {3, 2, 2};
  EXPECT_EQ(served(tables.strategy, tables, worker), lanes[1]);
}

TEST(SimpleStrategy, skips_lanes_with_infinite_values_or_none) {
  Told<Given> tables;
  const WorkerId worker = tables.join({});
  tables.waiting_lane({.state = 0});
  tables.waiting_lane({.state = 1});
  const LaneId last = tables.waiting_lane({.state = 2});
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  tables.strategy.values = {kInfinity, std::numeric_limits<double>::quiet_NaN(), 7};
  EXPECT_EQ(served(tables.strategy, tables, worker), last);
  tables.strategy.values[2] = -kInfinity;
  EXPECT_EQ(served(tables.strategy, tables, worker), LaneId::none());
  EXPECT_EQ(reason(tables.strategy, tables, worker), Reason::NothingToDo);
  EXPECT_EQ(tables.strategy.place(tables.view(), last), std::nullopt);
}

TEST(SimpleStrategy, serves_only_what_the_worker_may_serve) {
  Told<Given> tables;
  const WorkerId worker = tables.join({.pool = 1});
  tables.waiting_lane({.state = 0, .pools = 0b01});
  const LaneId allowed = tables.waiting_lane({.state = 1, .pools = 0b10});
  tables.strategy.values = {0, 1};
  EXPECT_EQ(served(tables.strategy, tables, worker), allowed);
}

}  // namespace
}  // namespace steelyard::strategy
