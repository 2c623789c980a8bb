#include "steelyard/runtime/zmq/fault_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class FaultWatchTest : public testing::Test {
 protected:
  void look(milliseconds at) { watch_.look(faults_, TimePoint(at)); }

  core::StrategyFaults faults_;
  std::vector<std::uint64_t> told_;
  FaultWatch watch_{
      [this](const core::StrategyFaults& faults) { told_.push_back(faults.total()); }};
};

TEST_F(FaultWatchTest, says_nothing_while_all_is_well) {
  look(milliseconds(0));
  look(milliseconds(5'000));
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(FaultWatchTest, tells_the_first_at_once_and_more_after_a_second_together) {
  faults_.thrown = 1;
  look(milliseconds(100));
  faults_.unsound = 40;
  look(milliseconds(200));
  faults_.too_slow = 2;
  look(milliseconds(1'099));
  EXPECT_THAT(told_, ElementsAre(1));
  look(milliseconds(1'100));
  look(milliseconds(9'000));
  EXPECT_THAT(told_, ElementsAre(1, 43));
}

TEST_F(FaultWatchTest, may_have_nobody_to_tell) {
  FaultWatch quiet({});
  faults_.thrown = 1;
  quiet.look(faults_, TimePoint(milliseconds(1)));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
