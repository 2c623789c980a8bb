#include "cli/habits.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using Words = std::vector<std::string>;

TEST(Habits, help_comes_first_elsewhere) {
  EXPECT_EQ(without_habits({"help"}), Words{"--help"});
  EXPECT_EQ(without_habits({"help", "bench", "memory"}), (Words{"bench", "memory", "--help"}));
}

TEST(Habits, version_is_a_command_elsewhere) {
  EXPECT_EQ(without_habits({"version"}), Words{"--version"});
}

TEST(Habits, other_words_stay) {
  EXPECT_EQ(without_habits({}), Words{});
  EXPECT_EQ(without_habits({"submit", "help", "version"}), (Words{"submit", "help", "version"}));
}

}  // namespace
}  // namespace steelyard::cli
