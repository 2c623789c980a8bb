#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completion/scripts.hpp"

namespace steelyard::cli {
namespace {

/// {0} is the program, {1} its commands, {2} what is completed after each. A function tells which
/// command has been typed.
constexpr const char* kScript = R"(# Completion of {0} for fish, made by `{0} completion fish`.
function __{0}_at
    set -l command {0}
    for word in (commandline -opc)[2..-1]
        switch "$command $word"
            case {1}
                set command "$command $word"
        end
    end
    test "$command" = "$argv"
end

{2})";

std::string fish_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string choices(const OptionOutline& option) {
  return fish_quoted(fmt::format("{}", fmt::join(option.choices, " ")));
}

/// The options of fish's `complete` that tell what value is taken.
std::string value_of(const OptionOutline& option) {
  if (option.value.empty()) return "";
  if (!option.choices.empty()) return " -x -a " + choices(option);
  return option.is_file ? " -r -F" : " -r";
}

std::string option_line(const std::string& start, const OptionOutline& option) {
  std::string line = start;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    line += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
  }
  return line + value_of(option) + " -d " + fish_quoted(option.meaning) + "\n";
}

std::string lines(const CommandOutline& program, const CommandOutline& command) {
  const std::string start =
      fmt::format("complete -c {} -n {}", program.name,
                  fish_quoted(fmt::format("__{}_at {}", program.name, command.full_name)));
  std::string text;
  bool takes_files = false;
  for (const OptionOutline& argument : command.arguments) {
    if (!argument.choices.empty()) text += start + " -a " + choices(argument) + "\n";
    takes_files = takes_files || argument.choices.empty();
  }
  if (!takes_files) text = start + " -f\n" + text;
  for (const CommandOutline& below : command.commands) {
    text += start + fmt::format(" -a {} -d {}\n", below.name, fish_quoted(below.description));
  }
  for (const OptionOutline& option : command.options) text += option_line(start, option);
  return text;
}

}  // namespace

std::string fish_completion(const CommandOutline& program) {
  std::vector<std::string> names;
  std::string completed;
  for (const CommandOutline* command : all_commands(program)) {
    if (command != &program) names.push_back(fish_quoted(command->full_name));
    completed += lines(program, *command);
  }
  return fmt::format(kScript, program.name, fmt::join(names, " "), completed);
}

}  // namespace steelyard::cli
