#include "cli/usage.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "steelyard/base/nearest.hpp"

namespace steelyard::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!below->get_group().empty()) names.push_back(below->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// A word must not break the line it is quoted in.
std::string quoted(std::string_view word) {
  constexpr std::size_t kLongest = 100;
  std::string text(word.substr(0, kLongest));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, '?');
  return "'" + text + (word.size() > kLongest ? "…'" : "'");
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const std::string near = word.size() <= 100 ? base::nearest(word, names) : std::string();
  return near.empty() ? "" : fmt::format(", did you mean '{}'?", near);
}

std::string explain_option(const CLI::App& command, std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  std::string text = "unknown option " + quoted(name);
  const std::string near = did_you_mean(name, option_names(command));
  const bool takes_arguments = std::ranges::any_of(
      command.get_options(), [](const CLI::Option* option) { return option->get_positional(); });
  if (!near.empty() || !takes_arguments) return text + near;
  return text + " (an argument that begins with a dash goes after '--')";
}

std::string explain_word(const CLI::App& command, std::string_view word) {
  const std::vector<std::string> commands = command_names(command);
  if (commands.empty()) return "unexpected argument " + quoted(word);
  return fmt::format("unknown command {}{} (commands: {})", quoted(word),
                     did_you_mean(word, commands), fmt::join(commands, ", "));
}

/// About the first word that `command` does not know, options before others.
std::optional<std::string> explain_unknown(const CLI::App& command) {
  const std::vector<std::string> words = command.remaining(false);
  const auto is_option = [](const std::string& word) { return word.size() > 1 && word[0] == '-'; };
  const auto option = std::ranges::find_if(words, is_option);
  if (option != words.end()) return explain_option(command, *option);
  if (!words.empty()) return explain_word(command, words.front());
  return std::nullopt;
}

std::string explain_mismatch(std::string_view text) {
  const std::string name(text.substr(0, text.find(':')));
  if (text.find("At Most") != std::string_view::npos) return name + " was given more than once";
  return name + " needs a value";
}

std::string explain_error(const CLI::ParseError& error, const CLI::App& command) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) return explain_mismatch(text);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const std::vector<std::string> commands = command_names(command);
    return commands.empty() ? text
                            : fmt::format("which command? (one of {})", fmt::join(commands, ", "));
  }
  return text;
}

/// "steelyard submit: text (see: steelyard submit --help)"
std::string with_pointer(const CLI::App& command, std::string text) {
  const std::string name = full_name(command);
  if (text.ends_with(')')) {
    text.replace(text.size() - 1, 1, "; ");
  } else {
    text += " (";
  }
  return fmt::format("{0}: {1}see: {0} --help)", name, text);
}

}  // namespace

std::string full_name(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return above == nullptr ? command.get_name() : full_name(*above) + " " + command.get_name();
}

const CLI::App& typed_command(const CLI::App& program) {
  const CLI::App* innermost = &program;
  while (true) {
    const std::vector<CLI::App*> below = innermost->get_subcommands();
    if (below.empty()) return *innermost;
    innermost = below.front();
  }
}

std::string explain_usage(const CLI::ParseError& error, const CLI::App& program) {
  const CLI::App& typed = typed_command(program);
  for (const CLI::App* command = &typed; command != nullptr; command = command->get_parent()) {
    if (const auto unknown = explain_unknown(*command)) return with_pointer(*command, *unknown);
  }
  return with_pointer(typed, explain_error(error, typed));
}

}  // namespace steelyard::cli
