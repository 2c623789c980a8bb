#include "submit/answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using ::testing::ElementsAre;
using Form = Answers::Form;

std::vector<Result<std::string>> one(std::string result) {
  std::vector<Result<std::string>> answers;
  answers.emplace_back(std::move(result));
  return answers;
}

std::vector<Result<std::string>> error(std::string text) {
  return {failure(ErrorCode::WorkFailed, std::move(text))};
}

TEST(Answers, wait_for_those_of_earlier_lines) {
  Answers answers({.form = Form::Lines, .in_order = true});
  answers.add(1, one("second"));
  EXPECT_EQ(answers.take().output, "");
  answers.add(0, one("first"));
  const Answers::Text text = answers.take();
  EXPECT_EQ(text.output, "first\nsecond\n");
  EXPECT_THAT(text.tags, ElementsAre(0, 1));
  EXPECT_EQ(answers.answered(), 2U);
}

TEST(Answers, that_ended_their_line_themselves_still_have_one_line) {
  Answers answers({.form = Form::Lines, .in_order = true});
  answers.add(0, one("2\n"));
  answers.add(1, one(""));
  answers.add(2, one("3"));
  EXPECT_EQ(answers.take().output, "2\n\n3\n");
}

TEST(Answers, are_printed_at_once_when_the_order_does_not_matter) {
  Answers answers({.form = Form::Lines, .in_order = false});
  answers.add(7, one("late line"));
  answers.add(3, error("broken"));
  EXPECT_EQ(answers.take().output, "late line\n");
}

TEST(Answers, the_line_of_a_failed_job_is_empty_so_that_lines_keep_their_numbers) {
  Answers answers({.form = Form::Lines, .in_order = true});
  answers.add(0, error("no such page\nat all"));
  answers.add(1, one("fine"));
  const Answers::Text text = answers.take();
  EXPECT_EQ(text.output, "\nfine\n");
  EXPECT_EQ(text.errors, "steelyard submit: line 1: work_failed: no such page | at all\n");
  EXPECT_EQ(answers.failed(), 1U);
}

TEST(Answers, of_one_job_are_its_bytes_and_nothing_else) {
  Answers answers({.form = Form::Raw, .in_order = true});
  answers.add(0, one(std::string("\0\xff", 2)));
  EXPECT_EQ(answers.take().output, std::string("\0\xff", 2));
}

TEST(Answers, of_one_job_fail_without_a_line_number) {
  Answers answers({.form = Form::Json, .one_job = true});
  answers.add(0, error("broken"));
  EXPECT_EQ(answers.take().errors, "steelyard submit: work_failed: broken\n");
}

TEST(Answers, that_are_failures_name_the_job_if_the_broker_has_it) {
  Answers answers({.form = Form::Lines, .in_order = false});
  answers.add(1, error("broken"), "00000000000000ab-2");
  answers.add(2, one("fine"), "00000000000000ab-3");
  const Answers::Text text = answers.take();
  EXPECT_EQ(text.errors, "steelyard submit: line 2: job 00000000000000ab-2: work_failed: broken\n");
  EXPECT_EQ(text.output, "fine\n");
}

TEST(Answers, of_one_job_end_the_line_on_a_terminal) {
  Answers answers({.form = Form::Raw, .in_order = true, .end_line = true});
  answers.add(0, one("no newline"));
  answers.add(1, one("newline\n"));
  EXPECT_EQ(answers.take().output, "no newline\nnewline\n");
}

TEST(Answers, as_json_carry_line_result_error_and_code) {
  Answers answers({.form = Form::Json, .in_order = true});
  answers.add(0, one("say \"hi\""));
  answers.add(1, one("\xff"));
  answers.add(2, error("broken"), "00000000000000ab-3");
  answers.add(3, error("refused"));
  EXPECT_EQ(answers.take().output,
            "{\"line\":1,\"result\":\"say \\\"hi\\\"\"}\n"
            "{\"line\":2,\"result_base64\":\"/w==\"}\n"
            "{\"line\":3,\"error\":\"broken\",\"code\":\"work_failed\","
            "\"id\":\"00000000000000ab-3\"}\n"
            "{\"line\":4,\"error\":\"refused\",\"code\":\"work_failed\"}\n");
}

TEST(Answers, that_come_together_have_a_line_each) {
  Answers answers({.form = Form::Lines, .in_order = true});
  std::vector<Result<std::string>> unit = one("c");
  unit.emplace_back(failure(ErrorCode::WorkFailed, "d failed"));
  answers.add(2, std::move(unit));
  unit = one("a");
  unit.emplace_back("b");
  answers.add(0, std::move(unit));
  const Answers::Text text = answers.take();
  EXPECT_EQ(text.output, "a\nb\nc\n\n");
  EXPECT_EQ(text.errors, "steelyard submit: line 4: work_failed: d failed\n");
  EXPECT_THAT(text.tags, ElementsAre(0, 2));
}

}  // namespace
}  // namespace steelyard::cli
