#include "steelyard/runtime/task/text_lines.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kNow{seconds(100)};

class TextLinesTest : public testing::Test {
 protected:
  std::vector<std::string> append(std::string_view bytes) {
    std::vector<std::string> lines;
    lines_.append(bytes, [&](std::string line) { lines.push_back(std::move(line)); });
    return lines;
  }
  std::vector<std::string> finish() {
    std::vector<std::string> lines;
    lines_.finish([&](std::string line) { lines.push_back(std::move(line)); });
    return lines;
  }

  TextLines lines_{5};
};

TEST_F(TextLinesTest, are_given_when_they_are_complete_and_the_rest_at_the_end) {
  EXPECT_THAT(append("one\ntw"), ElementsAre("one"));
  EXPECT_THAT(append("o\n\nlast"), ElementsAre("two", ""));
  EXPECT_THAT(finish(), ElementsAre("last"));
  EXPECT_THAT(finish(), IsEmpty());
}

TEST_F(TextLinesTest, over_the_limit_are_cut_however_they_come) {
  for (int i = 0; i < 1'000; ++i) EXPECT_THAT(append("abcdefgh"), IsEmpty());
  EXPECT_THAT(append("\nabcdefgh\nnext\n"), ElementsAre("abcde …", "abcde …", "next"));
}

TEST_F(TextLinesTest, of_exactly_the_limit_are_whole) {
  EXPECT_THAT(append("abcde\n"), ElementsAre("abcde"));
}

TEST_F(TextLinesTest, are_fit_for_a_terminal) {
  EXPECT_THAT(append("\x1b[1m\xff\n"), ElementsAre("?[1m?"));
}

TEST(LineRate, counts_what_is_over_the_limits_of_a_second_and_tells_it_after_that) {
  LineRate rate({.max_lines_per_s = 2, .max_bytes_per_s = 10});
  EXPECT_TRUE(rate.lets_through(kNow, 6));
  EXPECT_FALSE(rate.lets_through(kNow, 6)) << "too many bytes";
  EXPECT_TRUE(rate.lets_through(kNow, 4));
  EXPECT_FALSE(rate.lets_through(kNow + milliseconds(999), 0)) << "too many lines";
  EXPECT_EQ(rate.take_left_out(kNow + milliseconds(999)), 0U);
  EXPECT_EQ(rate.take_left_out(kNow + seconds(1)), 2U);
  EXPECT_EQ(rate.take_left_out(kNow + seconds(1)), 0U);
  EXPECT_TRUE(rate.lets_through(kNow + seconds(1), 10));
  EXPECT_FALSE(rate.lets_through(kNow + seconds(1), 1));
  EXPECT_EQ(rate.take_left_out(), 1U) << "at the end";
}

}  // namespace
}  // namespace steelyard
