#include "cli/choices.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

TEST(Choices, one_of_them_is_right_and_anything_else_is_told_what_there_is) {
  const CLI::Validator choice = one_of({"queues", "workers"});
  EXPECT_EQ(choice("workers"), "");
  EXPECT_EQ(choice("wrokers"),
            "'wrokers' is unknown, did you mean 'workers'? (one of queues, workers)");
  EXPECT_EQ(choice(""), "'' is unknown (one of queues, workers)");
}

TEST(Choices, a_long_word_is_told_by_its_start) {
  EXPECT_LT(one_of({"queues"})(std::string(100'000, 'x')).size(), 200U);
}

TEST(Choices, what_is_only_known_in_part_may_be_anything) {
  EXPECT_EQ(such_as({"oldest", "round-robin"})("mine:weight=3"), "");
}

}  // namespace
}  // namespace steelyard::cli
