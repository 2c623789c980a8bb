#include "fleet/tally.hpp"

#include <gtest/gtest.h>

namespace fleet {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;

TEST(Tally, sums_answers_in_any_order) {
  Tally tally(3);
  tally.add(2, "1 0.5");
  tally.add(0, "2 0.25");
  EXPECT_EQ(tally.sum(), 3);
  EXPECT_FALSE(tally.complete());
  tally.add(1, "0.5 0");
  EXPECT_EQ(tally.sum(), 3.5);
  EXPECT_TRUE(tally.complete());
  EXPECT_EQ(tally.succeeded(), 3);
}

TEST(Tally, a_second_answer_is_counted_but_not_summed) {
  Tally tally(2);
  tally.add(0, "1 1");
  tally.add(0, "1 1");
  EXPECT_EQ(tally.sum(), 1);
  EXPECT_EQ(tally.received(), 1);
  EXPECT_EQ(tally.repeated(), 1);
  EXPECT_FALSE(tally.complete());
}

TEST(Tally, failures_are_all_counted_and_a_few_kept) {
  Tally tally(10);
  for (std::size_t i = 0; i < 10; ++i) tally.add(i, failure(ErrorCode::WorkFailed, "no response"));
  EXPECT_TRUE(tally.complete());
  EXPECT_EQ(tally.failed(), 10);
  EXPECT_EQ(tally.failures().size(), Tally::kFailureSample);
  EXPECT_EQ(tally.failures().front().error.context, "no response");
}

TEST(Tally, an_answer_that_is_no_number_is_a_failure) {
  Tally tally(1);
  tally.add(0, "fine, thank you");
  EXPECT_EQ(tally.failed(), 1);
  EXPECT_EQ(tally.failures().front().error.code, ErrorCode::Malformed);
}

TEST(Tally, the_ideal_shares_the_waiting_but_never_cuts_one_wait) {
  Tally tally(4);
  tally.add(0, "1 1");
  tally.add(1, "1 1");
  tally.add(2, "1 1");
  tally.add(3, "1 3");
  EXPECT_EQ(tally.ideal_seconds(1), 6);
  EXPECT_EQ(tally.ideal_seconds(2), 3);
  EXPECT_EQ(tally.ideal_seconds(6), 3);
  EXPECT_EQ(tally.ideal_seconds(0), 0);
}

}  // namespace
}  // namespace fleet
