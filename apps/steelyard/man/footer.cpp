#include "man/footer.hpp"

#include <algorithm>

namespace steelyard::cli {
namespace {

constexpr std::string_view kExitStatus = "Exit status: ";
constexpr std::string_view kGap = "  ";

/// Takes the text up to `separator` off `text`, and the separator.
std::string_view take_until(std::string_view& text, std::string_view separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + separator.size(), text.size()));
  return part;
}

std::vector<FooterBlock> blocks_of(std::string_view text) {
  std::vector<FooterBlock> blocks;
  bool goes_on = false;
  while (!text.empty()) {
    const std::string_view line = take_until(text, "\n");
    const bool indented = line.starts_with(kGap);
    if (indented && !goes_on) blocks.emplace_back();
    if (indented) blocks.back().lines.emplace_back(line.substr(kGap.size()));
    if (!indented && !line.empty()) blocks.push_back({std::string(line), {}});
    goes_on = indented;
  }
  return blocks;
}

std::vector<FooterRow> statuses_in(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::vector<FooterRow> statuses;
  while (!text.empty()) {
    std::string_view meaning = take_until(text, ", ");
    const std::string_view number = take_until(meaning, " ");
    statuses.push_back({std::string(number), std::string(meaning)});
  }
  return statuses;
}

}  // namespace

Footer parse_footer(std::string_view text) {
  Footer footer;
  bool shows_examples = false;
  for (FooterBlock& block : blocks_of(text)) {
    const std::string_view paragraph = block.paragraph;
    if (paragraph.empty() && shows_examples) {
      footer.examples.push_back(std::move(block));
    } else if (paragraph.starts_with(kExitStatus)) {
      footer.exit_statuses = statuses_in(paragraph.substr(kExitStatus.size()));
    } else if (paragraph == "Examples:" || paragraph == "Try it:") {
      shows_examples = true;
      continue;
    } else {
      footer.notes.push_back(std::move(block));
    }
    shows_examples = false;
  }
  return footer;
}

std::vector<FooterRow> rows_in(const std::vector<std::string>& lines) {
  std::vector<FooterRow> rows;
  for (std::string_view line : lines) {
    const bool goes_on = line.starts_with(' ');
    const std::string_view name = goes_on ? "" : take_until(line, kGap);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty() || (goes_on && rows.empty())) return {};
    if (goes_on) {
      rows.back().meaning.append(" ").append(line);
    } else {
      rows.push_back({std::string(name), std::string(line)});
    }
  }
  return rows;
}

}  // namespace steelyard::cli
