#include "steelyard/core/run_times.hpp"

#include <gtest/gtest.h>

namespace steelyard::core {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(RunTimes, of_a_queue_are_unknown_until_a_job_of_it_has_run) {
  RunTimes times;
  times.learn(QueueId{2}, microseconds(5));
  EXPECT_EQ(times.expected(QueueId{2}), microseconds(5));
  EXPECT_EQ(times.expected(QueueId{1}), std::nullopt);
  EXPECT_EQ(times.expected(QueueId{3}), std::nullopt);
}

TEST(RunTimes, take_an_eighth_of_each_new_value) {
  RunTimes times;
  times.learn(QueueId{0}, milliseconds(8));
  times.learn(QueueId{0}, milliseconds(16));
  EXPECT_EQ(times.expected(QueueId{0}), milliseconds(9));
  times.learn(QueueId{0}, milliseconds(1));
  EXPECT_EQ(times.expected(QueueId{0}), milliseconds(8));
}

TEST(RunTimes, that_make_no_sense_count_as_nothing) {
  RunTimes times;
  times.learn(QueueId{0}, milliseconds(-5));
  EXPECT_EQ(times.expected(QueueId{0}), Duration::zero());
}

}  // namespace
}  // namespace steelyard::core
