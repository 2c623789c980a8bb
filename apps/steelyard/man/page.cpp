#include "man/page.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "man/footer.hpp"
#include "man/roff.hpp"

namespace steelyard::cli {
namespace {

using Commands = std::vector<const CommandOutline*>;

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string_view without_full_stop(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return sentence;
}

void add_block(Roff& page, const FooterBlock& block) {
  const std::vector<FooterRow> rows = rows_in(block.lines);
  if (!block.paragraph.empty()) {
    page.paragraph(block.paragraph);
  } else if (rows.empty()) {
    page.lines(block.lines);
  } else {
    for (const FooterRow& row : rows) page.entry(row.name, row.meaning);
  }
}

void add_options(Roff& page, const std::vector<OptionOutline>& options) {
  for (const OptionOutline& option : options) {
    const bool is_argument = !option.names.front().starts_with('-');
    const std::string value = is_argument || option.value.empty() ? "" : " " + option.value;
    page.entry(fmt::format("{}{}", fmt::join(option.names, ", "), value), option.meaning);
  }
}

/// The options of `command` that the program does not have, too, like --help.
std::vector<OptionOutline> own_options(const CommandOutline& command,
                                       const CommandOutline& program) {
  std::vector<OptionOutline> own;
  for (const OptionOutline& option : command.options) {
    const auto same = std::ranges::find(program.options, option.names, &OptionOutline::names);
    if (same == program.options.end()) own.push_back(option);
  }
  return own;
}

void add_synopsis(Roff& page, const Commands& commands) {
  page.section("SYNOPSIS");
  for (const CommandOutline* command : commands) {
    if (!command->commands.empty()) continue;
    page.line(command->full_name, synopsis(*command).substr(command->full_name.size()));
  }
}

void add_description(Roff& page, const CommandOutline& program) {
  page.section("DESCRIPTION");
  page.paragraph(program.description);
  for (const FooterBlock& block : parse_footer(program.footer).notes) add_block(page, block);
  for (const CommandOutline& below : program.commands) page.entry(below.name, below.description);
  page.section("OPTIONS");
  page.paragraph("Every command has --help, too.");
  add_options(page, program.options);
}

void add_command_section(Roff& page, const CommandOutline& command, const CommandOutline& program) {
  page.subsection(synopsis(command));
  page.paragraph(command.description);
  add_options(page, command.arguments);
  add_options(page, own_options(command, program));
  for (const FooterBlock& block : parse_footer(command.footer).notes) add_block(page, block);
}

}  // namespace

std::string manual_page(const CommandOutline& program, std::string_view version) {
  const Commands commands = all_commands(program);
  Roff page(in_capitals(program.name), version);
  page.section("NAME");
  page.line(program.name, fmt::format(" - {}", without_full_stop(program.description)));
  add_synopsis(page, commands);
  add_description(page, program);
  page.section("COMMANDS");
  for (const CommandOutline* command : commands) {
    if (command != &program) add_command_section(page, *command, program);
  }
  page.section("EXIT STATUS");
  for (const FooterRow& status : parse_footer(program.footer).exit_statuses) {
    page.entry(status.name, status.meaning);
  }
  page.section("EXAMPLES");
  for (const CommandOutline* command : commands) {
    for (const FooterBlock& block : parse_footer(command->footer).examples) add_block(page, block);
  }
  return page.text();
}

}  // namespace steelyard::cli
