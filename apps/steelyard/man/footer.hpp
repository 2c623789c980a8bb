#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::cli {

/// A name and what it means, in a footer: two columns with a gap between them.
struct FooterRow {
  std::string name;
  std::string meaning;
};

/// What stands together in the footer of a command: a paragraph, or the indented lines below it.
struct FooterBlock {
  std::string paragraph;           ///< empty: there are lines
  std::vector<std::string> lines;  ///< without their common indentation of two
};

/// A footer by its parts, each in the section of a manual page it belongs to.
struct Footer {
  std::vector<FooterBlock> notes;
  std::vector<FooterBlock> examples;     ///< the lines below "Examples:" and "Try it:"
  std::vector<FooterRow> exit_statuses;  ///< of a paragraph "Exit status: 0 done, 1 not."
};
[[nodiscard]] Footer parse_footer(std::string_view text);

/// The rows that `lines` are, those wrapped put together; empty when they are none, like commands.
[[nodiscard]] std::vector<FooterRow> rows_in(const std::vector<std::string>& lines);

}  // namespace steelyard::cli
