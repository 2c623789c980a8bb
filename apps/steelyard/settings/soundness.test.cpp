#include "settings/soundness.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

TEST(Soundness, counts_groups_and_what_they_may_grow_to) {
  EXPECT_EQ(counted_groups({{.size = {.min = 1, .max = 1}}}), "1 group, 1 worker");
  EXPECT_EQ(counted_groups({{.size = {.min = 2, .max = 2}}, {.size = {.min = 0, .max = 6}}}),
            "2 groups, 2 to 8 workers");
}

}  // namespace
}  // namespace steelyard::cli
