#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/habits.hpp"
#include "cli/help.hpp"
#include "cli/usage.hpp"
#include "commands.hpp"

namespace steelyard::cli {
namespace {

constexpr AddCommand kCommands[] = {
    add_up,  //
    add_broker_command,
    add_gateway,
    add_worker,
    add_hub,
    add_reload,
    add_submit,
    add_get,
    add_cancel,
    add_quarantine,
    add_stats,
    add_ls,
    add_health,
    add_top,
    add_explain,
    add_audit,
    add_pin,
    add_drain,
    add_journal,
    add_bench,
    add_sim,
    add_completion,
    add_man,
};

constexpr const char* kFooter =
    "Try it:\n"
    "  steelyard up                      a broker and two workers to play with\n"
    "  steelyard submit demo 100000      in another terminal: one job for them\n"
    "\n"
    "Exit status: 0 done, 1 a job or the command failed, 2 wrong usage, 3 no broker.";

void describe(CLI::App& program) {
  program.name("steelyard");
  program.formatter(std::make_shared<HelpFormatter>());
  program.set_help_flag("-h,--help", "print this help and exit");
  program.set_version_flag("-V,--version", "steelyard " STEELYARD_VERSION,
                           "print the version and exit");
  program.footer(kFooter);
  program.require_subcommand(1, 1);
}

/// Returns what to do, or the exit status when nothing is left to do.
int parse(CLI::App& program, std::vector<std::string> words) {
  const bool is_bare = words.empty();
  std::ranges::reverse(words);  // as the parser takes them
  try {
    program.parse(std::move(words));
    return kDone;
  } catch (const CLI::CallForVersion& version) {
    return print(fmt::format("{}\n", version.what()));
  } catch (const CLI::Success& help) {
    // Help about a command that there is not would be about something else.
    const bool is_known = &typed_command(program) != &program || program.remaining().empty();
    if (is_known) return print(program.help());
    print_error(explain_usage(help, program) + "\n");
    return kWrongUsage;
  } catch (const CLI::ParseError& error) {
    if (is_bare) {
      print_error(program.help());
    } else {
      print_error(explain_usage(error, program) + "\n");
    }
    return kWrongUsage;
  }
}

int run(std::vector<std::string> words) {
  CLI::App program("A balance for uneven work: jobs go to the worker that should do them.");
  describe(program);
  Run chosen;
  for (const AddCommand add : kCommands) add(program, chosen);
  const int status = parse(program, without_habits(std::move(words)));
  return status == kDone && chosen ? chosen() : status;
}

}  // namespace
}  // namespace steelyard::cli

int main(int argc, char** argv) {
  // Writing to a reader that has gone is an error to be handled, not the program's end.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return steelyard::cli::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    steelyard::cli::print_error(fmt::format("steelyard: {}\n", error.what()));
    return steelyard::cli::kFailed;
  }
}
