#include "man/footer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Footer, has_its_examples_apart_from_its_notes) {
  const Footer footer = parse_footer(
      "What there is to know.\n"
      "\n"
      "Examples:\n"
      "  steelyard ls\n"
      "  steelyard stats\n"
      "And this.");
  ASSERT_EQ(footer.notes.size(), 2U);
  EXPECT_EQ(footer.notes[0].paragraph, "What there is to know.");
  EXPECT_EQ(footer.notes[1].paragraph, "And this.");
  ASSERT_EQ(footer.examples.size(), 1U);
  EXPECT_THAT(footer.examples[0].lines, ElementsAre("steelyard ls", "steelyard stats"));
}

TEST(Footer, keeps_other_lines_below_their_heading) {
  const Footer footer = parse_footer("Strategies:\n  oldest  oldest first\nA plugin adds more.");
  ASSERT_EQ(footer.notes.size(), 3U);
  EXPECT_EQ(footer.notes[0].paragraph, "Strategies:");
  EXPECT_THAT(footer.notes[1].lines, ElementsAre("oldest  oldest first"));
  EXPECT_THAT(footer.examples, IsEmpty());
}

TEST(Footer, tells_the_exit_statuses_one_by_one) {
  const Footer footer = parse_footer("Exit status: 0 done, 1 a job or the command failed.");
  EXPECT_THAT(footer.notes, IsEmpty());
  ASSERT_EQ(footer.exit_statuses.size(), 2U);
  EXPECT_EQ(footer.exit_statuses[0].name, "0");
  EXPECT_EQ(footer.exit_statuses[1].name, "1");
  EXPECT_EQ(footer.exit_statuses[1].meaning, "a job or the command failed");
}

TEST(Footer, puts_wrapped_rows_together) {
  const auto rows = rows_in({"oldest       oldest job first", "round-robin  oldest first, to",
                             "             the workers in turn"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "oldest");
  EXPECT_EQ(rows[1].meaning, "oldest first, to the workers in turn");
}

TEST(Footer, does_not_take_commands_for_rows) {
  EXPECT_THAT(rows_in({"seq 1 9 | steelyard submit demo --lines -"}), IsEmpty());
  EXPECT_THAT(rows_in({"  deep", "name  meaning"}), IsEmpty());
  EXPECT_THAT(rows_in({}), IsEmpty());
}

}  // namespace
}  // namespace steelyard::cli
