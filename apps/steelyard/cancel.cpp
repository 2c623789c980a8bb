#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include <boost/json.hpp>
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
#include "steelyard/runtime/zmq/job_json.hpp"

namespace steelyard::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// How long running jobs may take to end.
constexpr std::chrono::seconds kPatience{15};
constexpr std::chrono::milliseconds kLookAgain{100};

struct Options {
  BrokerAt broker;
  std::vector<std::string> ids;
  std::string user;
  std::string queue;
  bool dry_run = false;
  bool no_wait = false;
  bool json = false;

  [[nodiscard]] bool matching() const { return !user.empty() || !queue.empty(); }
};

std::string explain(const Cancellation& cancellation) {
  switch (cancellation.now) {
    case Standing::Cancelled:
      return cancellation.was == Standing::Cancelled
                 ? "cancelled before"
                 : fmt::format("cancelled, was {}", to_string(cancellation.was));
    case Standing::Running:
      return cancellation.is_final ? "running: it was asked to stop and does not listen"
                                   : "running: it was asked to stop and has not ended yet";
    case Standing::Unknown:
      return "unknown: there is no such job, or it is forgotten";
    case Standing::Gone:
      return "gone: it had ended, and nothing is kept of it";
    default:
      return fmt::format("{}: too late", to_string(cancellation.now));
  }
}

std::string line(const Options& options, const std::string& id, const Cancellation& cancellation) {
  if (!options.json) return fmt::format("{}  {}\n", id, explain(cancellation));
  return monitor::json_text(job_json(id, cancellation)) + "\n";
}

/// Whether it is as it was meant to be.
bool is_well(const Options& options, const Cancellation& cancellation) {
  return cancellation.now == Standing::Cancelled || (options.no_wait && !cancellation.is_final);
}

int cancel_named(const Options& options, Client& client) {
  const auto ids = read_job_ids(options.ids);
  if (!ids) return give_up("cancel", ids.error());
  const auto told = client.cancel(*ids, options.no_wait ? std::chrono::seconds(0) : kPatience);
  if (!told) return give_up("cancel", told.error());
  std::string text;
  for (std::size_t i = 0; i < told->size(); ++i) text += line(options, options.ids[i], (*told)[i]);
  const bool all_well = std::ranges::all_of(
      *told, [&options](const Cancellation& one) { return is_well(options, one); });
  const int printed = print(text);
  return printed == kDone && !all_well ? kFailed : printed;
}

/// How many of them have been asked to stop and still run, of those that a report has room for.
Result<std::uint64_t> count_stopping(const Options& options, Client& client) {
  const auto answer = client.query("jobs", std::chrono::seconds(5));
  const auto report = answer ? parse_report(*answer) : tl::unexpected(answer.error());
  if (!report) return tl::unexpected(report.error());
  const auto is_one = [&options](const boost::json::value& value) {
    if (!value.is_object()) return false;
    const boost::json::object& row = value.as_object();
    return flag_in(row, "stopping") &&
           (options.user.empty() || text_in(row, "user") == options.user) &&
           (options.queue.empty() || text_in(row, "queue") == options.queue);
  };
  return static_cast<std::uint64_t>(std::ranges::count_if(list_in(*report, "rows"), is_one));
}

/// Waits until none of them runs any more; how many still do.
Result<std::uint64_t> wait_for_running(const Options& options, Client& client,
                                       const std::atomic<bool>& stop) {
  const auto deadline = Clock::now() + kPatience;
  CompletionQueue pause;  // nothing comes
  while (true) {
    const auto left = count_stopping(options, client);
    if (!left || *left == 0 || stop || Clock::now() >= deadline) return left;
    static_cast<void>(pause.take(kLookAgain));
  }
}

std::string summary(const Options& options, const MatchingJobs& jobs, std::uint64_t left) {
  if (options.json) {
    return monitor::json_text({{"delayed", jobs.delayed},
                               {"queued", jobs.queued},
                               {"running", jobs.running},
                               {"still_running", left},
                               {"more", jobs.more},
                               {"dry_run", options.dry_run}}) +
           "\n";
  }
  const std::string counts =
      fmt::format("{} delayed, {} queued and {} running", with_commas(jobs.delayed),
                  with_commas(jobs.queued), counted(jobs.running, "job", "jobs"));
  if (options.dry_run) {
    return fmt::format("would cancel {}{}\n", counts, jobs.more ? ", and more" : "");
  }
  const std::string rest =
      left == 0 || options.no_wait ? "" : fmt::format("; {} still run", with_commas(left));
  return fmt::format("{} {}{}\n", options.no_wait ? "asked to cancel" : "cancelled", counts, rest);
}

int cancel_matching(const Options& options, Client& client) {
  StopSignals signals;
  std::atomic<bool> stop = false;
  signals.watch({.first = [&stop] { stop = true; }, .second = [] { ::_exit(kInterrupted); }});
  const auto jobs = cancel_all(client, options.user, options.queue, options.dry_run);
  const bool waits = jobs && jobs->running > 0 && !options.dry_run && !options.no_wait;
  const auto left = waits ? wait_for_running(options, client, stop) : Result<std::uint64_t>(0);
  signals.end();
  if (!jobs) return give_up("cancel", jobs.error());
  if (!left) return give_up("cancel", left.error());
  const int printed = print(summary(options, *jobs, *left));
  return printed == kDone && *left > 0 ? kFailed : printed;
}

int run(const Options& options) {
  const auto client = connect(options.broker);
  if (!client) return give_up("cancel", client.error());
  return options.matching() ? cancel_matching(options, **client) : cancel_named(options, **client);
}

void check(const Options& options) {
  if (options.ids.empty() && !options.matching()) {
    throw CLI::ValidationError("say which jobs: ID..., --user USER or --queue QUEUE");
  }
  if (!options.ids.empty() && options.matching()) {
    throw CLI::ValidationError("ID goes without --user and --queue");
  }
  if (options.dry_run && !options.matching()) {
    throw CLI::ValidationError("--dry-run", "goes with --user or --queue only");
  }
}

}  // namespace

void add_cancel(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"cancel", "Cancel jobs that wait or run.",
       "A job that waits is cancelled. One that runs is asked to stop; if it does so in a process "
       "of "
       "its own (--exec, --lines) and does not within the worker's grace time, that is ended. One "
       "that has ended stays as it is. A line per job says where it was and is, once that is "
       "certain, for at most 15 seconds. Whoever waits for the result is told.\n"
       "\n"
       "With --user or --queue all such jobs are cancelled; with both, those of the user in the "
       "queue. --dry-run counts them. Exit status: 0 when all were cancelled, else 1.\n"
       "\n"
       "Examples:\n"
       "  steelyard cancel 5f3a09c1d2e4b687-1\n"
       "  steelyard cancel --user ada --dry-run\n"
       "  steelyard cancel --user ada --queue ocr --no-wait\n"
       "  steelyard ls jobs --json | jq -r '.rows[] | select(.slow) | .job' |\n"
       "    xargs steelyard cancel"},
      chosen, {run, check});
  add_job_ids(flags, options.ids)->required(false);
  add_name(flags, {"--user", "all jobs of this user", options.user});
  add_name(flags, {"--queue", "all jobs of this queue", options.queue});
  flags.add_flag("--dry-run", options.dry_run, "only count them");
  flags.add_flag("--no-wait", options.no_wait, "do not wait for those that run to end");
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print a JSON object per job, or one for all");
}

}  // namespace steelyard::cli
