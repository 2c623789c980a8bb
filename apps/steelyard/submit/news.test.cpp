#include "submit/news.hpp"

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using Kind = Completion::Kind;

TEST(News, of_partial_results_are_their_bytes) {
  const Completion part{.tag = 0, .result = "half a line", .kind = Kind::Partial};
  EXPECT_EQ(news_text(part, false, false).output, "half a line");
  EXPECT_EQ(news_text(part, true, false).output, "{\"line\":1,\"partial\":\"half a line\"}\n");
}

TEST(News, that_are_no_text_come_as_base64) {
  const Completion part{.tag = 4, .result = "\xff", .kind = Kind::Partial};
  EXPECT_EQ(news_text(part, true, false).output, "{\"line\":5,\"partial_base64\":\"/w==\"}\n");
}

TEST(News, of_progress_are_said_where_no_bar_shows_it) {
  const Completion news{.tag = 0, .result = "", .kind = Kind::Progress, .progress = 40};
  EXPECT_EQ(news_text(news, false, false).errors, "steelyard submit: 40 %\n");
  EXPECT_EQ(news_text(news, false, true).errors, "");
  EXPECT_EQ(news_text(news, true, true).output, "{\"line\":1,\"progress\":40}\n");
}

TEST(News, say_when_what_was_printed_is_void) {
  const Completion news{.tag = 0, .result = "", .kind = Kind::Restarted};
  EXPECT_NE(news_text(news, false, false).errors.find("is void"), std::string::npos);
  EXPECT_EQ(news_text(news, true, false).output, "{\"line\":1,\"restarted\":true}\n");
}

}  // namespace
}  // namespace steelyard::cli
