#include "cli/help.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/outline.hpp"

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

HelpRow option_row(const OptionOutline& option) {
  const bool is_argument = !option.names.front().starts_with('-');
  std::string name = fmt::format("{}", fmt::join(option.names, ", "));
  if (!is_argument && !option.value.empty()) name += " " + option.value;
  return {name, option.meaning};
}

std::string options(std::string_view heading, const std::vector<OptionOutline>& options) {
  std::vector<HelpRow> rows;
  for (const OptionOutline& option : options) rows.push_back(option_row(option));
  return rows.empty() ? "" : fmt::format("\n{}:\n{}", heading, help_rows(rows));
}

std::string commands(const std::vector<CommandOutline>& commands) {
  std::vector<HelpRow> rows;
  for (const CommandOutline& below : commands) rows.push_back({below.name, below.description});
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
  const CommandOutline shown = outline(*command);
  std::string text = fmt::format("Usage: {}\n\n{}\n", synopsis(shown), shown.description);
  text += commands(shown.commands);
  text += options("Arguments", shown.arguments) + options("Options", shown.options);
  if (!shown.footer.empty()) text += "\n" + paragraphs(shown.footer);
  return text;
}

}  // namespace steelyard::cli
