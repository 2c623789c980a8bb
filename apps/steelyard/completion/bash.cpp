#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completion/scripts.hpp"

namespace steelyard::cli {
namespace {

/// {0} is the program, {1} its commands, {2} the options that take a value, {3} the words to choose
/// from at each place: after an option its value, the number of an argument, or - for an option.
/// Bash gives "--option=value" as three words.
constexpr const char* kScript = R"(# Completion of {0} for bash, made by `{0} completion bash`.
_{0}() {{
  local IFS=$' \t\n' command={0} option= arguments=0 words= i
  local word=${{COMP_WORDS[COMP_CWORD]}}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command ${{COMP_WORDS[i]}}" in
{1}{2}      *' -'?*) ;;
      *) arguments=$((arguments + 1)) ;;
    esac
  done
  [[ $word == = ]] && word=
  local place=${{option:-$arguments}}
  [[ -z $option && $word == -* ]] && place=-
  case "$command $place" in
{3}  esac
  # Where words are known nothing else is offered.
  [[ -n $words ]] && compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _{0} {0}
)";

constexpr const char* kEnterCommand = R"(      {}) command+=" ${{COMP_WORDS[i]}}" ;;
)";

constexpr const char* kPassValue = R"(      {})
        option=${{COMP_WORDS[i]}}
        [[ ${{COMP_WORDS[i + 1]}} == = ]] && i=$((i + 1))
        i=$((i + 1))
        ((i < COMP_CWORD)) && option=
        ;;
)";

/// A branch of a `case` for any of these words; none when there are no words.
std::string branch(const char* form, const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(shell_quoted(word));
  return words.empty() ? "" : fmt::format(fmt::runtime(form), fmt::join(quoted, " | "));
}

std::string enter_commands(const CommandOutline& program) {
  std::vector<std::string> names;
  for (const CommandOutline* command : all_commands(program)) {
    if (command != &program) names.push_back(command->full_name);
  }
  return branch(kEnterCommand, names);
}

std::string pass_values(const CommandOutline& program) {
  std::vector<std::string> names;
  for (const CommandOutline* command : all_commands(program)) {
    for (const OptionOutline& option : command->options) {
      if (option.value.empty()) continue;
      for (const std::string& name : option.names) names.push_back(command->full_name + " " + name);
    }
  }
  return branch(kPassValue, names);
}

/// The words to choose from at `place`, a pattern of the shell.
std::string offer(const std::string& place, const std::vector<std::string>& words) {
  const std::string text = fmt::format("{}", fmt::join(words, " "));
  return fmt::format("    {}) words={} ;;\n", place, shell_quoted(text));
}

std::string offers(const CommandOutline& command) {
  const auto place = [&command](const auto& what) {
    return shell_quoted(fmt::format("{} {}", command.full_name, what));
  };
  std::string text;
  std::vector<std::string> names;
  for (const CommandOutline& below : command.commands) names.push_back(below.name);
  if (!names.empty()) text += offer(place(0), names);
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    text += offer(place(i), command.arguments[i].choices);
  }
  std::vector<std::string> options;
  for (const OptionOutline& option : command.options) {
    options.insert(options.end(), option.names.begin(), option.names.end());
    if (option.choices.empty()) continue;
    for (const std::string& name : option.names) text += offer(place(name), option.choices);
  }
  // Also where an argument would be one too many.
  return text + offer(place("") + "[-0-9]", options);
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\'";
    quoted += c;
  }
  return quoted + "'";
}

std::string bash_completion(const CommandOutline& program) {
  std::string words;
  for (const CommandOutline* command : all_commands(program)) words += offers(*command);
  return fmt::format(kScript, program.name, enter_commands(program), pass_values(program), words);
}

}  // namespace steelyard::cli
