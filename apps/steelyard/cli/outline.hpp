#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

/// The commands as they are defined, for all that is written about them: help, completions and the
/// manual page. What is hidden (its group is empty) is left out.
namespace steelyard::cli {

/// An option or an argument.
struct OptionOutline {
  std::vector<std::string> names;  ///< as typed, short ones first; of an argument what it is called
  std::string value;               ///< what stands for its value, like FILE; empty: it takes none
  std::string meaning;             ///< with its default
  std::vector<std::string> choices;  ///< the values it is known to take; empty: unknown
  bool required = false;
  bool is_file = false;  ///< its value is the path of a file or folder
};

struct CommandOutline {
  std::string name;
  std::string full_name;  ///< with the commands above it: "steelyard bench broker"
  std::string description;
  std::string footer;  ///< examples, and what else there is to know
  std::vector<OptionOutline> options;
  std::vector<OptionOutline> arguments;  ///< in the order in which they are typed
  std::vector<CommandOutline> commands;  ///< those below it
};

[[nodiscard]] CommandOutline outline(const CLI::App& command);

/// How a command is typed: "steelyard submit QUEUE [PAYLOAD] [OPTION]...".
[[nodiscard]] std::string synopsis(const CommandOutline& command);

/// `command` and all below it, each before those below it. They live as long as `command`.
[[nodiscard]] std::vector<const CommandOutline*> all_commands(const CommandOutline& command);

}  // namespace steelyard::cli
