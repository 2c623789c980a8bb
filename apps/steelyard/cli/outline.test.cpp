#include "cli/outline.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/choices.hpp"

namespace steelyard::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A command as the program's own ones are defined.
class OutlineTest : public ::testing::Test {
 protected:
  OutlineTest() { program_.add_subcommand(command_); }

  OptionOutline option(const CLI::Option& added) const {
    const CommandOutline all = outline(*command_);
    return added.get_positional() ? all.arguments.back() : all.options.back();
  }

  CLI::App program_{"weighs", "steelyard"};
  std::shared_ptr<CLI::App> command_ = std::make_shared<CLI::App>("hangs it", "weigh");
  std::string text_;
  bool flag_ = false;
};

TEST_F(OutlineTest, of_a_program_has_the_commands_below_it_with_their_full_names) {
  command_->add_subcommand("twice", "hangs it twice")->footer("Examples:\n  twice");
  const CommandOutline all = outline(program_);
  EXPECT_EQ(all.description, "weighs");
  ASSERT_EQ(all.commands.size(), 1U);
  EXPECT_EQ(all.commands[0].name, "weigh");
  ASSERT_EQ(all.commands[0].commands.size(), 1U);
  EXPECT_EQ(all.commands[0].commands[0].full_name, "steelyard weigh twice");
  EXPECT_EQ(all.commands[0].commands[0].description, "hangs it twice");
  EXPECT_EQ(all.commands[0].commands[0].footer, "Examples:\n  twice");
}

TEST_F(OutlineTest, lists_every_command_before_those_below_it) {
  command_->add_subcommand("twice");
  program_.add_subcommand("rest");
  const CommandOutline program = outline(program_);
  std::vector<std::string> names;
  for (const CommandOutline* command : all_commands(program)) names.push_back(command->name);
  EXPECT_THAT(names, ElementsAre("steelyard", "weigh", "twice", "rest"));
}

TEST_F(OutlineTest, leaves_out_what_is_hidden_and_what_is_below_it) {
  program_.add_subcommand("secret")->group("")->add_subcommand("below");
  command_->add_flag("--secret", flag_)->group("");
  const CommandOutline all = outline(program_);
  ASSERT_EQ(all.commands.size(), 1U);
  ASSERT_EQ(all.commands[0].options.size(), 1U);
  EXPECT_THAT(all.commands[0].options[0].names, ElementsAre("-h", "--help"));
}

TEST_F(OutlineTest, of_an_option_has_its_names_value_and_default) {
  const OptionOutline shown = option(*command_->add_option("-q,--queue", text_, "where to")
                                          ->type_name("NAME")
                                          ->default_str("demo"));
  EXPECT_THAT(shown.names, ElementsAre("-q", "--queue"));
  EXPECT_EQ(shown.value, "NAME");
  EXPECT_EQ(shown.meaning, "where to (default: demo)");
  EXPECT_THAT(shown.choices, IsEmpty());
  EXPECT_FALSE(shown.is_file);
}

TEST_F(OutlineTest, of_a_flag_has_no_value) {
  EXPECT_EQ(option(*command_->add_flag("--json", flag_)).value, "");
}

TEST_F(OutlineTest, of_an_option_with_a_set_has_its_choices) {
  const auto choices = [this](const std::string& name, const CLI::Validator& check) {
    return option(*command_->add_option(name, text_)->check(check)).choices;
  };
  EXPECT_THAT(choices("--a", one_of({"bash", "zsh"})), ElementsAre("bash", "zsh"));
  EXPECT_THAT(choices("--b", such_as({"oldest"})), ElementsAre("oldest"));
  EXPECT_THAT(choices("--c", CLI::IsMember({"x", "y"})), ElementsAre("x", "y"));
  const std::map<std::string, int> numbers{{"one", 1}, {"two", 2}};
  EXPECT_THAT(choices("--d", CLI::CheckedTransformer(numbers)), ElementsAre("one", "two"));
  EXPECT_THAT(choices("--e", CLI::Range(1, 9)), IsEmpty());
  EXPECT_THAT(choices("WHAT", one_of({"z"})), ElementsAre("z"));
}

TEST_F(OutlineTest, of_an_option_with_a_set_shows_the_value_without_it) {
  EXPECT_EQ(
      option(*command_->add_option("--a", text_)->type_name("NAME")->check(one_of({"x"}))).value,
      "NAME");
}

TEST_F(OutlineTest, knows_files_by_their_type_and_by_their_check) {
  EXPECT_TRUE(option(*command_->add_option("--a", text_)->type_name("FILE")).is_file);
  EXPECT_TRUE(option(*command_->add_option("--b", text_)->check(CLI::ExistingPath)).is_file);
  EXPECT_TRUE(option(*command_->add_option("--c", text_)->check(CLI::ExistingDirectory)).is_file);
  EXPECT_FALSE(option(*command_->add_option("--d", text_)->type_name("PROFILE")).is_file);
}

TEST_F(OutlineTest, is_typed_with_its_arguments_in_order) {
  command_->add_option("QUEUE", text_)->required();
  command_->add_option("PAYLOAD", text_);
  EXPECT_EQ(synopsis(outline(*command_)), "steelyard weigh QUEUE [PAYLOAD] [OPTION]...");
  EXPECT_EQ(synopsis(outline(program_)), "steelyard COMMAND [OPTION]...");
}

}  // namespace
}  // namespace steelyard::cli
