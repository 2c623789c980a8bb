#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completion/scripts.hpp"

namespace steelyard::cli {
namespace {

/// {0} is the function's name, {1} what it completes, each on a line that goes on.
constexpr const char* kPlainCommand = R"({0}() {{
  _arguments \
{1}    && return 0
}}

)";

/// A command with others below it: {2} is what it offers of them, {3} where each goes on.
constexpr const char* kCommandOfCommands = R"({0}() {{
  local context state state_descr line ret=1
  typeset -A opt_args
  local -a commands=(
{2}  )
  _arguments -C \
{1}    '1:command:->command' \
    '*::word:->rest' && ret=0
  case $state in
    command) _describe command commands && ret=0 ;;
    rest)
      case $words[1] in
{3}      esac
      ;;
  esac
  return ret
}}

)";

/// Works as a file of a folder in $fpath and when it is sourced.
constexpr const char* kScript = R"(#compdef {0}
# Completion of {0} for zsh, made by `{0} completion zsh`.

{1}if [[ $funcstack[1] == _{0} ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)";

std::string function_name(const CommandOutline& command) {
  std::string name = "_" + command.full_name;
  std::ranges::replace(name, ' ', '_');
  return name;
}

/// `text` without a meaning for _arguments and _describe.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("\\:[]").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string values_of(const OptionOutline& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  return option.is_file ? "_files" : "_default";
}

/// "'*--file=[the bytes of this file are the work]:FILE:_files'"; any may be given again.
std::string option_lines(const OptionOutline& option) {
  std::string text;
  for (const std::string& name : option.names) {
    std::string line = fmt::format("*{}[{}]", name, escaped(option.meaning));
    if (!option.value.empty()) {
      const bool is_long = name.starts_with("--");
      line = fmt::format("*{}{}[{}]:{}:{}", name, is_long ? "=" : "", escaped(option.meaning),
                         escaped(option.value), values_of(option));
    }
    text += fmt::format("    {} \\\n", shell_quoted(line));
  }
  return text;
}

std::string argument_line(std::size_t number, const OptionOutline& argument) {
  const std::string line = fmt::format("{}:{}{}:{}", number, argument.required ? "" : ":",
                                       escaped(argument.names.front()), values_of(argument));
  return fmt::format("    {} \\\n", shell_quoted(line));
}

std::string function(const CommandOutline& command) {
  std::string words;
  for (const OptionOutline& option : command.options) words += option_lines(option);
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    words += argument_line(i + 1, command.arguments[i]);
  }
  const std::string name = function_name(command);
  if (command.commands.empty()) return fmt::format(kPlainCommand, name, words);
  std::string names;
  std::string branches;
  for (const CommandOutline& below : command.commands) {
    names += fmt::format("    {}\n",
                         shell_quoted(escaped(below.name) + ":" + escaped(below.description)));
    branches += fmt::format("        {}) {} && ret=0 ;;\n", below.name, function_name(below));
  }
  return fmt::format(kCommandOfCommands, name, words, names, branches);
}

}  // namespace

std::string zsh_completion(const CommandOutline& program) {
  std::string functions;
  for (const CommandOutline* command : all_commands(program)) functions += function(*command);
  return fmt::format(kScript, program.name, functions);
}

}  // namespace steelyard::cli
