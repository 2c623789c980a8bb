#include "steelyard/runtime/task/command_line.hpp"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

using Words = std::vector<std::string>;

Words split(std::string_view text) {
  const auto command = CommandLine::parse(text);
  EXPECT_TRUE(command.has_value()) << text;
  return command ? command->words() : Words{};
}

std::string why_refused(std::string_view text) {
  const auto command = CommandLine::parse(text);
  EXPECT_FALSE(command.has_value()) << text;
  return command ? "" : describe(command.error());
}

TEST(CommandLine, blanks_of_every_kind_separate_words) {
  EXPECT_EQ(split("  a b\tc\n d "), (Words{"a", "b", "c", "d"}));
}

TEST(CommandLine, single_quotes_keep_everything) {
  EXPECT_EQ(split(R"(a 'b  "c" \d')"), (Words{"a", R"(b  "c" \d)"}));
}

TEST(CommandLine, double_quotes_keep_all_but_the_four_escapes) {
  EXPECT_EQ(split(R"(a "b 'c' \" \\ \$ \` \n")"), (Words{"a", R"(b 'c' " \ $ ` \n)"}));
}

TEST(CommandLine, backslash_keeps_the_next_character) {
  EXPECT_EQ(split(R"(a\ b \' \\)"), (Words{"a b", "'", "\\"}));
}

TEST(CommandLine, backslash_before_a_newline_vanishes_inside_and_outside_quotes) {
  EXPECT_EQ(split("ab\\\ncd \"e\\\nf\""), (Words{"abcd", "ef"}));
}

TEST(CommandLine, adjacent_quotes_form_one_word_and_empty_quotes_an_empty_word) {
  EXPECT_EQ(split(R"(a"b"'c'd '' "")"), (Words{"abcd", "", ""}));
}

TEST(CommandLine, nothing_is_expanded_and_operators_are_ordinary_characters) {
  EXPECT_EQ(split("echo $HOME *.txt ~ a|b ; #c"),
            (Words{"echo", "$HOME", "*.txt", "~", "a|b", ";", "#c"}));
}

TEST(CommandLine, an_open_quote_is_refused_with_its_place) {
  EXPECT_EQ(why_refused("echo 'abc"),
            "invalid_argument: the quote ' at character 6 is never closed: echo 'abc");
  EXPECT_EQ(why_refused("a \"b\\\""),
            "invalid_argument: the quote \" at character 3 is never closed: a \"b\\\"");
}

TEST(CommandLine, a_backslash_at_the_end_is_refused) {
  EXPECT_NE(why_refused("echo \\").find("ends with a backslash"), std::string::npos);
}

TEST(CommandLine, a_command_without_a_program_is_refused) {
  EXPECT_EQ(why_refused(" \t"), "invalid_argument: the command is empty");
  EXPECT_NE(why_refused("'' a").find("first word"), std::string::npos);
}

TEST(CommandLine, the_state_fills_exactly_one_argument_whatever_it_contains) {
  const auto command = CommandLine::parse("run {state} --model={state} '{state}:{state}' end");
  ASSERT_TRUE(command.has_value());
  const std::string state = R"(a b'"\ {state}; rm)";
  EXPECT_EQ(command->with_state(state),
            (Words{"run", state, "--model=" + state, state + ":" + state, "end"}));
}

TEST(CommandLine, an_empty_state_leaves_an_empty_argument) {
  const auto command = CommandLine::parse("run {state}");
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(command->with_state(""), (Words{"run", ""}));
}

TEST(CommandLine, knows_whether_it_names_the_state) {
  EXPECT_TRUE(CommandLine::parse("run --m={state}")->names_state());
  EXPECT_FALSE(CommandLine::parse("run {stat}")->names_state());
}

}  // namespace
}  // namespace steelyard
