#include "steelyard/hub/output_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::hub {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimePoint kNow{seconds(100)};

TEST(OutputLines, are_passed_on_when_they_are_complete) {
  OutputLines lines;
  EXPECT_THAT(lines.append(kNow, "one\ntw"), ElementsAre("one"));
  EXPECT_THAT(lines.append(kNow, "o\n\n"), ElementsAre("two", ""));
  EXPECT_THAT(lines.append(kNow, "half"), IsEmpty());
  EXPECT_THAT(lines.finish(kNow), ElementsAre("half"));
}

TEST(OutputLines, of_a_flood_are_counted_and_the_count_is_told_each_second) {
  OutputLines lines({.rate = {.max_lines_per_s = 2}});
  std::string flood;
  for (int i = 0; i < 1'236; ++i) flood += "x\n";
  EXPECT_THAT(lines.append(kNow, flood), SizeIs(2));
  EXPECT_EQ(lines.left_out(kNow), "");
  EXPECT_EQ(lines.left_out(kNow + seconds(1)), "… 1,234 lines left out");
  EXPECT_EQ(lines.left_out(kNow + seconds(2)), "");
  EXPECT_THAT(lines.append(kNow + seconds(2), "x\nx\nx\n"), SizeIs(2));
  EXPECT_THAT(lines.finish(kNow + seconds(2)), ElementsAre("… 1 line left out"));
}

TEST(OutputLines, of_many_bytes_are_left_out_too) {
  OutputLines lines({.rate = {.max_bytes_per_s = 10}});
  EXPECT_THAT(lines.append(kNow, "123456\n123456\n1234\n"), ElementsAre("123456", "1234"));
}

TEST(OutputLines, without_an_end_are_cut_and_take_no_memory) {
  OutputLines lines({.max_line_bytes = 5});
  for (int i = 0; i < 1'000; ++i) EXPECT_THAT(lines.append(kNow, "abcdefgh"), IsEmpty());
  EXPECT_THAT(lines.append(kNow, "\nnext\n"), ElementsAre("abcde …", "next"));
}

TEST(OutputLines, are_fit_for_a_terminal) {
  OutputLines lines;
  EXPECT_THAT(lines.append(kNow, "\x1b[31mred\xff\n"), ElementsAre("?[31mred?"));
}

TEST(OutputLines, are_kept_as_last_words_also_when_they_were_left_out) {
  OutputLines lines({.rate = {.max_lines_per_s = 1}, .max_evidence_lines = 2});
  EXPECT_EQ(lines.last_words(), "");
  EXPECT_THAT(lines.append(kNow, "a\nb\nc\n"), ElementsAre("a"));
  EXPECT_EQ(lines.last_words(), "b | c");
}

}  // namespace
}  // namespace steelyard::hub
