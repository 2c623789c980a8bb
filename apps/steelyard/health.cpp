#include <string>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

struct Options {
  BrokerAt broker;
  bool json = false;
  bool strict = false;
};

std::string readable(const json::object& health) {
  const json::array& warnings = list_in(health, "warnings");
  const std::string workers = counted(count_in(health, "workers"), "worker", "workers");
  const std::string queued = counted(count_in(health, "queued"), "job", "jobs");
  const std::uint64_t delayed = count_in(health, "delayed");
  std::string text =
      fmt::format("{}: {}, {} queued, {}{} running, up {}\n", warnings.empty() ? "OK" : "WARNING",
                  workers, queued, delayed > 0 ? with_commas(delayed) + " delayed, " : "",
                  with_commas(count_in(health, "running")), time_in(health, "uptime_s"));
  for (const json::value& warning : warnings) {
    if (warning.is_string()) text += "- " + printable(warning.as_string()) + "\n";
  }
  return text;
}

int run(const Options& options) {
  const auto answer = ask(options.broker, "health");
  if (!answer) return give_up("health", answer.error());
  const auto health = parse_report(*answer);
  if (!health) return give_up("health", health.error());
  const int printed = print(options.json ? *answer + "\n" : readable(*health));
  const bool warned = !list_in(*health, "warnings").empty();
  return printed == kDone && options.strict && warned ? kFailed : printed;
}

}  // namespace

void add_health(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"health", "Say whether all is well, and what to do when it is not.",
       "The first line begins with OK or WARNING. Both end with exit status 0, because the "
       "broker is alive; with --strict a warning ends with 1. No broker ends with 3.\n"
       "\n"
       "Examples:\n"
       "  steelyard health\n"
       "  steelyard health --strict || notify-send 'look at the queues'"},
      chosen, {run});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of sentences");
  flags.add_flag("--strict", options.strict, "exit status 1 when there are warnings");
}

}  // namespace steelyard::cli
