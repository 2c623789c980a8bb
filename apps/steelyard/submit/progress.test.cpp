#include "submit/progress.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

TEST(Progress, shows_a_bar_when_the_length_is_known) {
  EXPECT_EQ(progress_line({.done = 4'000, .failed = 3, .part = 0.25, .seconds = 2}, 80),
            "[######..................]  25 %  4,000 done, 3 failed, 2000 jobs/s");
}

TEST(Progress, shows_counts_when_it_is_not) {
  EXPECT_EQ(progress_line({.done = 12, .part = {}, .seconds = 0.5}, 80), "12 done");
}

TEST(Progress, never_leaves_its_line) {
  EXPECT_EQ(progress_line({.done = 4'000, .part = 7.0, .seconds = 2}, 40).size(), 40U);
}

}  // namespace
}  // namespace steelyard::cli
