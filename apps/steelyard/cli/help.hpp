#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace steelyard::cli {

/// A name and what it means, in two columns within 80.
struct HelpRow {
  std::string name;
  std::string meaning;
};
[[nodiscard]] std::string help_rows(const std::vector<HelpRow>& rows);

/// `--help` as people read it: what the command is for, how it is typed, every option with its
/// default, and the footer (examples), whose lines are wrapped to 80 columns.
class HelpFormatter final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* command, std::string name,
                                      CLI::AppFormatMode mode) const override;
};

}  // namespace steelyard::cli
