#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/job_ids.hpp"
#include "cli/query.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

struct ListOptions {
  BrokerAt broker;
  bool json = false;
};

/// "gpu-1: died: ended by signal 11 (Segmentation fault)"
std::string death(const json::object& death) {
  std::string text = fmt::format("{}: {}", text_in(death, "worker"), text_in(death, "how"));
  const std::string last = printable(text_in(death, "text"));
  return last.empty() ? text : text + ": " + last;
}

/// A block per job: what it is, and how each of its workers ended.
std::string readable(const json::object& report) {
  const json::array& rows = list_in(report, "rows");
  if (rows.empty()) return "no job is in quarantine\n";
  std::string text;
  for (const json::value& value : rows) {
    if (!value.is_object()) continue;
    const json::object& row = value.as_object();
    text += fmt::format("{}  queue {}", text_in(row, "job"), text_in(row, "queue"));
    for (const std::string_view field : {"state", "user"}) {
      if (!text_in(row, field).empty()) text += fmt::format("  {} {}", field, text_in(row, field));
    }
    text += "\n";
    for (const json::value& one : list_in(row, "deaths")) {
      if (!one.is_object()) continue;
      text += fmt::format("  attempt {}  {}\n", count_in(one.as_object(), "attempt"),
                          death(one.as_object()));
    }
  }
  const std::uint64_t omitted = count_in(report, "rows_omitted");
  if (omitted > 0) text += fmt::format("and {} more\n", with_commas(omitted));
  return text;
}

int list(const ListOptions& options) {
  const auto answer = ask(options.broker, "quarantine");
  if (!answer) return give_up("quarantine", answer.error());
  if (options.json) return print(*answer + "\n");
  const auto report = parse_report(*answer);
  return report ? print(readable(*report)) : give_up("quarantine", report.error());
}

struct DecideOptions {
  BrokerAt broker;
  std::vector<std::string> ids;
  bool json = false;
};

std::string line(const DecideOptions& options, const std::string& id,
                 const Result<Standing>& outcome) {
  if (!options.json) {
    return fmt::format("{}  {}\n", id,
                       outcome ? std::string(to_string(*outcome)) : outcome.error().context);
  }
  json::object object{{"id", id}};
  if (outcome) {
    object["status"] = to_string(*outcome);
  } else {
    object["error"] = outcome.error().context;
  }
  return monitor::json_text(object) + "\n";
}

int decide(const DecideOptions& options, bool release) {
  const auto ids = read_job_ids(options.ids);
  if (!ids) return give_up("quarantine", ids.error());
  const auto client = connect(options.broker);
  if (!client) return give_up("quarantine", client.error());
  bool all_well = true;
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const auto outcome = (*client)->quarantine((*ids)[i], release);
    if (!outcome && outcome.error().code != ErrorCode::InvalidArgument) {
      return give_up("quarantine", outcome.error());
    }
    all_well = all_well && outcome;
    if (const int printed = print(line(options, options.ids[i], outcome)); printed != kDone) {
      return printed;
    }
  }
  return all_well ? kDone : kFailed;
}

void add_decision(CLI::App& above, Run& chosen, const CommandHelp& help,
                  int (*run)(const DecideOptions&)) {
  const auto [flags, options] = add_command<DecideOptions>(above, help, chosen, {run});
  add_job_ids(flags, options.ids);
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print a JSON object per job");
}

void add_list(CLI::App& above, Run& chosen) {
  const auto [flags, options] =
      add_command<ListOptions>(above,
                               {"ls", "List the jobs in quarantine, and how their workers died.",
                                "Examples:\n"
                                "  steelyard quarantine ls\n"
                                "  steelyard quarantine ls --json | jq -r '.rows[].job'"},
                               chosen, {list});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of a list");
}

}  // namespace

void add_quarantine(CLI::App& program, Run& chosen) {
  CLI::App* quarantine = program.add_subcommand(
      "quarantine", "Decide about jobs whose workers died one after another.");
  quarantine->footer(
      "A job whose workers died so often (steelyard broker --max-deaths) is not given to more of "
      "them. It is kept, with what is known of each death, until it is released or dropped.\n"
      "\n"
      "Examples:\n"
      "  steelyard quarantine ls\n"
      "  steelyard quarantine release 5f3a09c1d2e4b687-1\n"
      "  steelyard quarantine drop 5f3a09c1d2e4b687-1");
  quarantine->require_subcommand(1, 1);
  add_list(*quarantine, chosen);
  add_decision(
      *quarantine, chosen,
      {"release", "Run jobs in quarantine once more.",
       "Each is queued again, as if no worker had died of it. The one who handed it in was "
       "told that it is in quarantine; its answer is kept for steelyard get.\n"
       "\n"
       "Examples:\n"
       "  steelyard quarantine release 5f3a09c1d2e4b687-1\n"
       "  steelyard quarantine ls --json | jq -r '.rows[].job' |\n"
       "    xargs steelyard quarantine release"},
      [](const DecideOptions& options) { return decide(options, true); });
  add_decision(*quarantine, chosen,
               {"drop", "Forget jobs in quarantine.",
                "Examples:\n"
                "  steelyard quarantine drop 5f3a09c1d2e4b687-1"},
               [](const DecideOptions& options) { return decide(options, false); });
}

}  // namespace steelyard::cli
