#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/job_ids.hpp"
#include "cli/query.hpp"
#include "commands.hpp"
#include "steelyard/monitor/json_text.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  BrokerAt broker;
  std::vector<std::string> ids;
  bool json = false;
};

std::string_view explain(Standing standing) {
  switch (standing) {
    case Standing::Cancelled:
      return "cancelled";
    case Standing::Running:
      return "running: too late to take it from the queue";
    case Standing::Finished:
      return "finished: too late";
    default:
      return "unknown: there is no such job, or it is forgotten";
  }
}

int run(const Options& options) {
  const auto ids = read_job_ids(options.ids);
  if (!ids) return give_up("cancel", ids.error());
  auto client = connect(options.broker);
  if (!client) return give_up("cancel", client.error());
  const auto outcomes = (*client)->cancel(*ids);
  if (!outcomes) return give_up("cancel", outcomes.error());
  std::string text;
  bool all_cancelled = true;
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    const Standing outcome = (*outcomes)[i];
    all_cancelled = all_cancelled && outcome == Standing::Cancelled;
    text +=
        options.json
            ? monitor::json_text({{"id", options.ids[i]}, {"status", to_string(outcome)}}) + "\n"
            : fmt::format("{}  {}\n", options.ids[i], explain(outcome));
  }
  const int printed = print(text);
  return printed == kDone && !all_cancelled ? kFailed : printed;
}

}  // namespace

void add_cancel(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"cancel", "Take jobs from the queue.",
       "A job that waits is cancelled, and the one who waits for it is told. One that runs or has "
       "finished stays as it is; a line per job says which it was. Exit status: 0 when all were "
       "cancelled, else 1.\n"
       "\n"
       "Examples:\n"
       "  steelyard cancel 5f3a09c1d2e4b687-1\n"
       "  steelyard ls jobs --json | jq -r '.rows[] | select(.user == \"ada\") | .job' |\n"
       "    xargs steelyard cancel"},
      chosen, {run});
  add_job_ids(flags, options.ids);
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print a JSON object per job");
}

}  // namespace steelyard::cli
