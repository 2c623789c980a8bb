#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace steelyard::cli {

/// Does what was typed; returns the exit status.
using Run = std::function<int()>;

/// Adds one command to the program: its flags, its help, and what it does, which is put into
/// `chosen` when the command was typed. Both outlive the parsing.
using AddCommand = void (*)(CLI::App& program, Run& chosen);

/// A command and the place its options are kept in while and after they are parsed.
template <class Options>
struct Command {
  CLI::App& flags;
  Options& options;
};

/// How a command is shown.
struct CommandHelp {
  std::string name;
  std::string description;  ///< its first line stands in the list of commands
  std::string footer;       ///< examples, and what else there is to know
};

/// What a command does with its options.
template <class Options>
struct CommandActions {
  int (*run)(const Options&);               ///< returns the exit status
  void (*check)(const Options&) = nullptr;  ///< throws CLI::ParseError when they do not go together
};

/// Starts a command whose options are of type `Options`.
template <class Options>
Command<Options> add_command(CLI::App& above, const CommandHelp& help, Run& chosen,
                             const CommandActions<Options>& actions) {
  CLI::App* command = above.add_subcommand(help.name, help.description);
  command->footer(help.footer);
  const auto options = std::make_shared<Options>();
  command->callback([options, actions, &chosen] {
    if (actions.check != nullptr) actions.check(*options);
    chosen = [options, actions] { return actions.run(*options); };
  });
  return {*command, *options};
}

}  // namespace steelyard::cli
