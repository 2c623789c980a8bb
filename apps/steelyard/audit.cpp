#include <string>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/table.hpp"
#include "commands.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

struct Options {
  BrokerAt broker;
  bool json = false;
};

bool flag_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  return found != nullptr && found->is_bool() && found->as_bool();
}

std::string summary(const json::object& report) {
  return fmt::format("{}: {} accepted, {} settled; {} and {} compared {} times\n",
                     flag_in(report, "balanced") ? "OK" : "DIFFERENT",
                     counted(count_in(report, "accepted"), "job", "jobs"),
                     with_commas(count_in(report, "settled")),
                     counted(count_in(report, "workers"), "worker", "workers"),
                     counted(count_in(report, "clients"), "client", "clients"),
                     with_commas(count_in(report, "comparisons")));
}

std::string readable(const json::object& report) {
  std::string text = summary(report);
  if (!flag_in(report, "ledgers_balanced")) text += "the broker's own ledgers do not balance\n";
  for (const json::value& value : list_in(report, "rows")) {
    if (!value.is_object()) continue;
    const json::object& row = value.as_object();
    text += fmt::format("{} {} has counted {} {}, the broker {}\n", text_in(row, "role"),
                        text_in(row, "peer"), with_commas(count_in(row, "counted_there")),
                        text_in(row, "what"), with_commas(count_in(row, "counted_here")));
    for (const json::value& job : list_in(row, "jobs")) {
      if (job.is_string()) text += fmt::format("  {}\n", std::string_view(job.as_string()));
    }
  }
  return text;
}

int run(const Options& options) {
  const auto answer = ask(options.broker, "audit");
  if (!answer) return give_up("audit", answer.error());
  const auto report = parse_report(*answer);
  if (!report) return give_up("audit", report.error());
  const int printed = print(options.json ? *answer + "\n" : readable(*report));
  return printed == kDone && !flag_in(*report, "balanced") ? kFailed : printed;
}

}  // namespace

void add_audit(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"audit", "Compare what clients, workers and the broker have counted.",
       "Each side counts for itself: clients the jobs they have handed in and the answers they "
       "have, workers the reports they have made, the broker what it has heard. They say it with "
       "every beat, once a second. What differs is listed, with the jobs it is about if that is "
       "known. Exit status: 0, or 1 when something differs.\n"
       "\n"
       "Examples:\n"
       "  steelyard audit\n"
       "  steelyard audit --json | jq .rows"},
      chosen, {run});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of sentences");
}

}  // namespace steelyard::cli
