#include "cli/help.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/usage.hpp"

namespace steelyard::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kWidestName = 24;

/// `text` in lines of at most `kColumns`, all but the first indented by `indent`; the first begins
/// at that place.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kColumns) {
      result.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result.append(" ");
      ++column;
    }
    result.append(text.substr(0, end));
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string row(const HelpRow& content, std::size_t indent) {
  std::string line = "  " + content.name;
  if (line.size() + 2 > indent) {
    line.append("\n").append(indent, ' ');
  } else {
    line.resize(indent, ' ');
  }
  return line + wrapped(content.meaning, indent) + "\n";
}

/// Wraps what is too long; lines that are indented are taken as they stand, like examples.
std::string paragraphs(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    result += line.starts_with(' ') ? std::string(line) : wrapped(line, 0);
    result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::vector<const CLI::Option*> shown_options(const CLI::App& command, bool positional) {
  return command.get_options([positional](const CLI::Option* option) {
    return !option->get_group().empty() && option->get_positional() == positional;
  });
}

HelpRow option_row(const CLI::Option& option) {
  std::string name = option.get_name(option.get_positional(), !option.get_positional());
  const std::size_t comma = name.find(',');
  if (comma != std::string::npos) name.insert(comma + 1, " ");
  if (!option.get_positional() && option.get_type_size() != 0) name += " " + option.get_type_name();
  std::string description = option.get_description();
  const std::string standard = option.get_default_str();
  if (!standard.empty()) description += fmt::format(" (default: {})", standard);
  return {name, description};
}

std::string usage(const CLI::App& command) {
  std::string text = "Usage: " + full_name(command);
  const auto commands = command.get_subcommands([](const CLI::App*) { return true; });
  if (!commands.empty()) text += " COMMAND";
  for (const CLI::Option* argument : shown_options(command, true)) {
    const std::string name = argument->get_name(true, false);
    text += argument->get_required() ? " " + name : " [" + name + "]";
  }
  return text + " [OPTION]...\n";
}

std::string options(const CLI::App& command, bool positional) {
  std::vector<HelpRow> rows;
  for (const CLI::Option* option : shown_options(command, positional)) {
    rows.push_back(option_row(*option));
  }
  if (rows.empty()) return "";
  return (positional ? "\nArguments:\n" : "\nOptions:\n") + help_rows(rows);
}

std::string commands(const CLI::App& command) {
  std::vector<HelpRow> rows;
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_group().empty()) continue;
    rows.push_back({below->get_name(), below->get_description()});
  }
  return rows.empty() ? "" : "\nCommands:\n" + help_rows(rows);
}

}  // namespace

std::string help_rows(const std::vector<HelpRow>& rows) {
  std::size_t widest = 0;
  for (const HelpRow& content : rows) {
    const std::size_t width = content.name.size();
    if (width <= kWidestName) widest = std::max(widest, width);
  }
  std::string text;
  for (const HelpRow& content : rows) text += row(content, widest + 4);
  return text;
}

std::string HelpFormatter::make_help(const CLI::App* command, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  std::string text = usage(*command) + "\n" + command->get_description() + "\n";
  text += commands(*command) + options(*command, true) + options(*command, false);
  const std::string footer = command->get_footer();
  if (!footer.empty()) text += "\n" + paragraphs(footer);
  return text;
}

}  // namespace steelyard::cli
