#include "cli/outline.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "cli/usage.hpp"

namespace steelyard::cli {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The first set in the name of an option's type: "NAME:{a,b}", or "NAME:value in {a->1,b->2}".
std::vector<std::string> choices_in(std::string_view type) {
  const std::size_t begin = type.find('{');
  const std::size_t end = type.find('}', std::min(begin, type.size()));
  if (end == std::string_view::npos) return {};
  std::vector<std::string> choices;
  for (const std::string_view choice : split(type.substr(begin + 1, end - begin - 1), ',')) {
    choices.emplace_back(choice.substr(0, choice.find("->")));
  }
  return choices;
}

/// Whether the type or one of its checks is about a path, by the names that CLI11 has for them.
bool names_file(std::string_view type) {
  return std::ranges::any_of(split(type, ':'), [](std::string_view part) {
    return part == "FILE" || part == "DIR" || part.starts_with("PATH");
  });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  if (option.get_positional()) return {option.get_name(true, false)};
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

OptionOutline outline_of(const CLI::Option& option) {
  OptionOutline result;
  result.names = names_of(option);
  result.meaning = option.get_description();
  result.required = option.get_required();
  const std::string standard = option.get_default_str();
  if (!standard.empty()) result.meaning += fmt::format(" (default: {})", standard);
  if (option.get_type_size() == 0) return result;
  const std::string type = option.get_type_name();
  result.value = type.substr(0, type.find(':'));
  result.choices = choices_in(type);
  result.is_file = names_file(type);
  return result;
}

}  // namespace

CommandOutline outline(const CLI::App& command) {
  CommandOutline result;
  result.name = command.get_name();
  result.full_name = full_name(command);
  result.description = command.get_description();
  result.footer = command.get_footer();
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? result.arguments : result.options).push_back(outline_of(*option));
  }
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!below->get_group().empty()) result.commands.push_back(outline(*below));
  }
  return result;
}

std::string synopsis(const CommandOutline& command) {
  std::string text = command.full_name;
  if (!command.commands.empty()) text += " COMMAND";
  for (const OptionOutline& argument : command.arguments) {
    const std::string& name = argument.names.front();
    text += argument.required ? " " + name : " [" + name + "]";
  }
  return text + " [OPTION]...";
}

std::vector<const CommandOutline*> all_commands(const CommandOutline& command) {
  std::vector<const CommandOutline*> all{&command};
  for (const CommandOutline& below : command.commands) {
    const auto nested = all_commands(below);
    all.insert(all.end(), nested.begin(), nested.end());
  }
  return all;
}

}  // namespace steelyard::cli
