#include "fleet/command.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/generate.hpp"
#include "steelyard/runtime/task/temporary_folder.hpp"

namespace fleet {
namespace {

using testing::HasSubstr;

std::string reason(const auto& result) {
  return result.has_value() ? "well formed" : result.error().context;
}

class CommandFiles : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) const {
    auto path = folder_->path() / "file.txt";
    std::ofstream(path) << text;
    return path;
  }

  std::unique_ptr<steelyard::TemporaryFolder> folder_ =
      steelyard::TemporaryFolder::make("steelyard-fleet-test").value();
};

TEST(Command, is_an_address_a_colon_and_a_text) {
  EXPECT_EQ(parse_command("137.72.95.0:foo"), (Command{"137.72.95.0", "foo"}));
  EXPECT_EQ(parse_command("127.0.0.1:tcp-check 40123\r\n"),
            (Command{"127.0.0.1", "tcp-check 40123"}));
  EXPECT_EQ(to_text({"137.72.95.0", "foo"}), "137.72.95.0:foo");
}

TEST(Command, malformed_ones_are_refused_with_the_reason) {
  EXPECT_THAT(reason(parse_command("foo")), HasSubstr("no colon"));
  EXPECT_THAT(reason(parse_command("137.72.95.256:foo")), HasSubstr("no IPv4 address"));
  EXPECT_THAT(reason(parse_command("example.org:foo")), HasSubstr("no IPv4 address"));
  EXPECT_THAT(reason(parse_command("137.72.95.0:")), HasSubstr("no command"));
}

TEST(Response, numbers_may_be_integers_or_decimals) {
  const auto whole = parse_response("137.72.95.0:foo:1:1");
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->first, (Command{"137.72.95.0", "foo"}));
  EXPECT_EQ(whole->second, (Response{1, 1}));
  const auto decimal = parse_response("137.72.95.0:foo:-2.5:0.25");
  ASSERT_TRUE(decimal.has_value());
  EXPECT_EQ(decimal->second, (Response{-2.5, 0.25}));
}

TEST(Response, a_command_may_contain_colons) {
  const auto response = parse_response("137.72.95.0:set a:b:3:0");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->first.text, "set a:b");
}

TEST(Response, malformed_ones_are_refused_with_the_reason) {
  EXPECT_THAT(reason(parse_response("137.72.95.0:foo:1")), HasSubstr("expected address:command"));
  EXPECT_THAT(reason(parse_response("137.72.95.0:foo:one:1")), HasSubstr("response 'one'"));
  EXPECT_THAT(reason(parse_response("137.72.95.0:foo:1:soon")), HasSubstr("wait 'soon'"));
  EXPECT_THAT(reason(parse_response("137.72.95.0:foo:1:")), HasSubstr("wait ''"));
  EXPECT_THAT(reason(parse_response("137.72.95.0:foo:1:-1")), HasSubstr("not within"));
  EXPECT_THAT(reason(parse_response("137.72.95.0:foo:nan:1")), HasSubstr("response 'nan'"));
  EXPECT_THAT(reason(parse_response("nowhere:foo:1:1")), HasSubstr("no IPv4 address"));
}

TEST_F(CommandFiles, malformed_lines_are_left_out_and_keep_their_numbers) {
  const auto file = read_commands(write("1.2.3.4:foo\n\nnonsense\n1.2.3.4:bar\r\n:foo\n"));
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->commands, (std::vector<Command>{{"1.2.3.4", "foo"}, {"1.2.3.4", "bar"}}));
  ASSERT_EQ(file->malformed.size(), 2);
  EXPECT_EQ(file->malformed[0].number, 3);
  EXPECT_EQ(file->malformed[1].number, 5);
}

TEST_F(CommandFiles, the_first_response_of_a_command_counts) {
  const auto file = read_responses(write("1.2.3.4:foo:1:0\n1.2.3.4:foo:2:0"));
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->responses.at({"1.2.3.4", "foo"}).value, 1);
  ASSERT_EQ(file->malformed.size(), 1);
  EXPECT_EQ(file->malformed[0].number, 2);
  EXPECT_THAT(file->malformed[0].reason, HasSubstr("earlier line"));
}

TEST_F(CommandFiles, an_empty_file_is_a_file_without_commands) {
  const auto file = read_commands(write(""));
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->commands.empty());
}

TEST_F(CommandFiles, what_cannot_be_read_is_named) {
  EXPECT_THAT(reason(read_commands(folder_->path() / "absent")), HasSubstr("absent"));
  EXPECT_THAT(reason(read_responses(folder_->path())), HasSubstr("cannot read"));
}

TEST_F(CommandFiles, what_is_generated_can_be_read_and_every_command_has_its_response) {
  const auto files = generate(folder_->path() / "new", {.commands = 513, .wait_s = 0.5});
  ASSERT_TRUE(files.has_value());
  const auto commands = read_commands(files->commands);
  const auto responses = read_responses(files->responses);
  ASSERT_TRUE(commands.has_value() && responses.has_value());
  EXPECT_TRUE(commands->malformed.empty());
  EXPECT_TRUE(responses->malformed.empty());
  EXPECT_EQ(commands->commands.size(), 513);
  EXPECT_EQ(responses->responses.size(), 513);
  for (const Command& command : commands->commands) {
    EXPECT_EQ(responses->responses.at(command), (Response{1, 0.5}));
  }
}

}  // namespace
}  // namespace fleet
