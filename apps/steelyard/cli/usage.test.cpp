#include "cli/usage.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "commands.hpp"

namespace steelyard::cli {
namespace {

/// What is said about a wrong command line; empty when it is right.
std::string complaint(std::vector<std::string> words) {
  CLI::App program("", "steelyard");
  program.require_subcommand(1, 1);
  Run chosen;
  for (const AddCommand add : {add_worker, add_submit, add_ls, add_bench}) add(program, chosen);
  std::ranges::reverse(words);
  try {
    program.parse(words);
    return "";
  } catch (const CLI::ParseError& error) {
    return explain_usage(error, program);
  }
}

TEST(Usage, an_unknown_command_gets_the_nearest_one) {
  EXPECT_EQ(complaint({"submitt"}),
            "steelyard: unknown command 'submitt', did you mean 'submit'? (commands: worker, "
            "submit, ls, bench; see: steelyard --help)");
}

TEST(Usage, an_unknown_option_gets_the_nearest_one_before_anything_else_is_said) {
  EXPECT_EQ(complaint({"worker", "--qeue", "x"}),
            "steelyard worker: unknown option '--qeue', did you mean '--queue'? (see: steelyard "
            "worker --help)");
  EXPECT_EQ(complaint({"worker", "--slot=3"}),
            "steelyard worker: unknown option '--slot', did you mean '--slots'? (see: steelyard "
            "worker --help)");
}

TEST(Usage, an_argument_with_a_dash_is_told_where_to_go) {
  EXPECT_EQ(complaint({"submit", "demo", "-x"}),
            "steelyard submit: unknown option '-x' (an argument that begins with a dash goes after "
            "'--'; see: "
            "steelyard submit --help)");
  EXPECT_EQ(complaint({"submit", "demo", "--", "-5"}), "");
}

TEST(Usage, nested_commands_are_named_in_full) {
  EXPECT_EQ(complaint({"bench", "memry"}),
            "steelyard bench: unknown command 'memry', did you mean 'memory'? (commands: broker, "
            "decide, head-of-line, http, inproc, journal, memory, snapshot; see: steelyard bench "
            "--help)");
  EXPECT_EQ(complaint({"bench"}),
            "steelyard bench: which command? (one of broker, decide, head-of-line, http, "
            "inproc, journal, memory, snapshot; see: steelyard bench --help)");
}

TEST(Usage, missing_and_repeated_values_are_one_line) {
  EXPECT_EQ(complaint({"worker", "--exec", "true"}),
            "steelyard worker: --queue is required (see: steelyard worker --help)");
  EXPECT_EQ(complaint({"worker", "--queue", "x", "--slots"}),
            "steelyard worker: --slots needs a value (see: steelyard worker --help)");
  EXPECT_EQ(complaint({"worker", "--queue", "x", "--exec", "a", "--exec", "b"}),
            "steelyard worker: --exec was given more than once (see: steelyard worker --help)");
  EXPECT_EQ(complaint({"submit", "demo", "a", "b"}),
            "steelyard submit: unexpected argument 'b' (see: steelyard submit --help)");
}

TEST(Usage, a_queue_may_be_called_like_a_command) {
  EXPECT_EQ(complaint({"submit", "worker", "ls"}), "");
}

TEST(Usage, a_hostile_word_cannot_break_the_line) {
  const std::string text = complaint({"a\nb" + std::string(100'000, 'x')});
  EXPECT_LT(text.size(), 400U);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace steelyard::cli
