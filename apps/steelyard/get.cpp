#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/job_ids.hpp"
#include "cli/query.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/job_json.hpp"
#include "submit/original.hpp"

namespace steelyard::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// How often a job that is waited for is looked at.
constexpr std::chrono::milliseconds kLookAgain{100};

struct Options {
  BrokerAt broker;
  std::vector<std::string> ids;
  double wait_s = 0;
  bool json = false;
};

std::string as_json(const std::string& id, const JobStatus& status) {
  return monitor::json_text(job_json(id, status)) + "\n";
}

/// One line: the id, how it stands, and what came of it.
std::string as_text(const std::string& id, const JobStatus& status) {
  std::string line = fmt::format("{}  {}", id, to_string(status.standing));
  if (status.standing == Standing::Running && status.progress > 0) {
    line += fmt::format("  {} %", status.progress);
  } else if (status.standing == Standing::Finished) {
    line += "  " + printable(*status.result);
  } else if (status.standing == Standing::Unknown) {
    line += ": there is no such job, or it is forgotten";
  } else if (!status.result) {
    line += "  " + printable(status.result.error().context);
  }
  return line + "\n";
}

/// Asks until every job has ended, or for as long as the user wants to wait.
Result<std::vector<JobStatus>> look(Client& client, const std::vector<JobId>& ids, double wait_s,
                                    const std::atomic<bool>& stop) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(wait_s);
  CompletionQueue pause;  // nothing comes
  while (true) {
    auto told = client.get(ids);
    if (!told) return told;
    const bool under_way = std::ranges::any_of(*told, is_under_way);
    if (!under_way || Clock::now() >= deadline || stop) return told;
    static_cast<void>(pause.take(kLookAgain));
  }
}

int print_all(const Options& options, const std::vector<JobStatus>& told) {
  const bool only_result =
      !options.json && told.size() == 1 && told[0].standing == Standing::Finished;
  if (only_result) {
    const bool end_line = output_is_terminal() && !told[0].result->ends_with('\n');
    return print(*told[0].result + (end_line ? "\n" : ""));
  }
  std::string text;
  for (std::size_t i = 0; i < told.size(); ++i) {
    text += options.json ? as_json(options.ids[i], told[i]) : as_text(options.ids[i], told[i]);
  }
  return print(text);
}

/// `stopped`: the user has not waited to the end.
int status_of(const Options& options, const std::vector<JobStatus>& told, bool stopped) {
  const bool pending = std::ranges::any_of(told, is_under_way);
  if (stopped && pending) return kInterrupted;
  if (options.wait_s > 0 && pending) return kFailed;
  const bool all_well = std::ranges::all_of(told, [](const JobStatus& status) {
    return status.standing == Standing::Finished || is_under_way(status);
  });
  return all_well ? kDone : kFailed;
}

int run(const Options& options) {
  StopSignals signals;
  const auto ids = read_job_ids(options.ids);
  if (!ids) return give_up("get", ids.error());
  auto client = connect(options.broker);
  if (!client) return give_up("get", client.error());
  std::atomic<bool> stop = false;
  signals.watch({.first = [&stop] { stop = true; }, .second = [] { ::_exit(kInterrupted); }});
  const auto told = look(**client, *ids, options.wait_s, stop);
  signals.end();
  if (!told) return give_up("get", told.error());
  const int printed = print_all(options, *told);
  return printed == kDone ? status_of(options, *told, stop) : printed;
}

}  // namespace

void add_get(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"get", "Say how jobs stand, and print their results.",
       "The result of a single job that has finished is printed as it is; otherwise a line per "
       "job: its id, how it stands, and its result, its error or how far it is. It is delayed (it "
       "waits for its time, or for another attempt), queued, running, returning, finished, failed, "
       "cancelled, expired (it could not begin in time), quarantined (its workers died), unknown "
       "(there was no such job, or it is forgotten) or gone (its answer went to the one who waited "
       "for it).\n"
       "\n"
       "The answers of jobs handed in with submit --no-wait are kept for 10 minutes, or for a "
       "minute after they were asked for last. Exit status: 0, or 1 when a job failed, was "
       "cancelled or is not known, or has not ended within --wait; 130 after Ctrl+C.\n"
       "\n"
       "Examples:\n"
       "  id=$(steelyard submit demo 100000 --no-wait)\n"
       "  steelyard get \"$id\" --wait 60\n"
       "  steelyard get $(cat ids.txt) --json"},
      chosen, {run});
  add_job_ids(flags, options.ids);
  add_number<double>(flags, {.name = "--wait",
                             .description = "wait up to so many seconds for them to end",
                             .value = options.wait_s,
                             .min = 0,
                             .max = 1e6});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print a JSON object per job");
}

}  // namespace steelyard::cli
