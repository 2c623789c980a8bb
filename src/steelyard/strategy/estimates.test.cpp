#include "steelyard/strategy/estimates.hpp"

#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"

namespace steelyard::strategy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Estimate, is_the_first_value_and_then_moves_a_fifth_of_the_way) {
  Estimate estimate{7, 7, 0};
  learn(estimate, 1);
  EXPECT_DOUBLE_EQ(estimate.mean_s, 1);
  learn(estimate, 2);
  EXPECT_DOUBLE_EQ(estimate.mean_s, 1.2);
}

TEST(Estimate, is_moved_by_an_outlier_as_by_four_times_the_mean) {
  Estimate estimate;
  learn(estimate, 1);
  learn(estimate, 1'000);
  EXPECT_DOUBLE_EQ(estimate.mean_s, 1 + 0.2 * 3);
}

TEST(Estimate, finds_the_nine_tenths_of_what_it_is_given) {
  Estimate estimate;
  base::Random random(1);
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    learn(estimate, 1 + static_cast<double>(random.below(1'000)) / 1'000);
    if (i >= 10'000) sum += estimate.q90_s;
  }
  EXPECT_NEAR(sum / 10'000, 1.9, 0.05);
}

TEST(Estimates, replace_a_wrong_prior_by_the_first_measurement) {
  Estimates estimates({.load_s = 100, .run_s = 50});
  EXPECT_DOUBLE_EQ(estimates.load(StateId{3}, PoolId{0}).mean_s, 100);
  estimates.learn_load(StateId{1}, PoolId{0}, seconds(5));
  EXPECT_DOUBLE_EQ(estimates.load(StateId{1}, PoolId{0}).mean_s, 5);
  EXPECT_DOUBLE_EQ(estimates.load(StateId{3}, PoolId{0}).mean_s, 5);
  EXPECT_EQ(estimates.load(StateId{3}, PoolId{0}).count, 1u);
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{0}, StateId{1}, PoolId{0}).mean_s, 50);
}

TEST(Estimates, are_kept_for_each_pool_and_taken_from_the_others_where_there_are_none) {
  Estimates estimates;
  estimates.learn_run(QueueId{0}, StateId{1}, PoolId{0}, milliseconds(10));
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{0}, StateId{1}, PoolId{1}).mean_s, 0.01);
  estimates.learn_run(QueueId{0}, StateId{1}, PoolId{1}, milliseconds(30));
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{0}, StateId{1}, PoolId{0}).mean_s, 0.01);
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{0}, StateId{1}, PoolId{1}).mean_s, 0.03);
  estimates.forget(PoolId{1});
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{0}, StateId{1}, PoolId{1}).mean_s, 0.014);
}

TEST(Estimates, of_jobs_without_a_state_are_kept_for_each_queue) {
  Estimates estimates;
  estimates.learn_run(QueueId{1}, StateId::none(), PoolId{0}, seconds(1));
  estimates.learn_run(QueueId{2}, StateId::none(), PoolId{0}, seconds(3));
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{1}, StateId::none(), PoolId{0}).mean_s, 1);
  EXPECT_DOUBLE_EQ(estimates.run(QueueId{2}, StateId::none(), PoolId{0}).mean_s, 3);
}

}  // namespace
}  // namespace steelyard::strategy
