#include "fleet/answer.hpp"

#include <gtest/gtest.h>

namespace fleet {
namespace {

TEST(Answer, survives_the_way_through_text) {
  for (const Answer answer : {Answer{1, 1}, Answer{0.1, 0.025}, Answer{-3, 0}, Answer{1e9, 16}}) {
    EXPECT_EQ(parse_answer(to_text(answer)), answer) << to_text(answer);
  }
  EXPECT_EQ(to_text({1, 0.25}), "1 0.25");
}

TEST(Answer, anything_else_is_malformed) {
  for (const char* text : {"", "1", "1 ", " 1 2", "1  2", "1 2 3", "one 2", "1 two"}) {
    const auto answer = parse_answer(text);
    ASSERT_FALSE(answer.has_value()) << text;
    EXPECT_EQ(answer.error().code, steelyard::ErrorCode::Malformed);
  }
}

TEST(Answer, a_sum_of_decimals_is_shown_as_a_decimal) {
  EXPECT_EQ(shown(0.1 + 0.1 + 0.1), "0.3");
  EXPECT_EQ(shown(512), "512");
}

}  // namespace
}  // namespace fleet
