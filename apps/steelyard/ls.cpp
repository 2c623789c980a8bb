#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/choices.hpp"
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
  std::string what = "queues";
  bool json = false;
};

std::string jobs(const json::object& row, std::string_view count) {
  return with_commas(count_in(object_in(row, "jobs"), count));
}

Table queues_table() {
  return Table({{.heading = "QUEUE", .may_shrink = true},
                {.heading = "WORKERS", .to_the_right = true},
                {.heading = "DELAYED", .to_the_right = true},
                {.heading = "QUEUED", .to_the_right = true},
                {.heading = "RUNNING", .to_the_right = true},
                {.heading = "FINISHED", .to_the_right = true},
                {.heading = "FAILED", .to_the_right = true},
                {.heading = "EXPIRED", .to_the_right = true},
                {.heading = "QUARANTINED", .to_the_right = true},
                {.heading = "LONGEST", .to_the_right = true},
                {.heading = "WAIT", .to_the_right = true},
                {.heading = "MAX", .to_the_right = true},
                {.heading = "RUN", .to_the_right = true},
                {.heading = "MAX", .to_the_right = true}});
}

std::vector<std::string> queue_cells(const json::object& row) {
  const bool waits = count_in(object_in(row, "jobs"), "queued") > 0;
  return {text_in(row, "queue"),       with_commas(count_in(row, "workers")),
          jobs(row, "delayed"),        jobs(row, "queued"),
          jobs(row, "running"),        jobs(row, "finished"),
          jobs(row, "failed"),         jobs(row, "expired"),
          jobs(row, "quarantined"),    waits ? time_in(row, "longest_wait_s") : "-",
          time_in(row, "wait_mean_s"), time_in(row, "wait_max_s"),
          time_in(row, "run_mean_s"),  time_in(row, "run_max_s")};
}

Table workers_table() {
  return Table({{.heading = "WORKER", .may_shrink = true},
                {.heading = "QUEUES", .may_shrink = true},
                {.heading = "BUSY", .to_the_right = true},
                {.heading = "STATES", .may_shrink = true},
                {.heading = "PRIORITY"},
                {.heading = "DONE", .to_the_right = true},
                {.heading = "FAILED", .to_the_right = true},
                {.heading = "SWITCHES", .to_the_right = true},
                {.heading = "EVICTIONS", .to_the_right = true},
                {.heading = "LOADED", .to_the_right = true},
                {.heading = "WORKED", .to_the_right = true},
                {.heading = "TAGS", .may_shrink = true},
                {.heading = "HEARD", .to_the_right = true}});
}

std::string comma_list(const json::array& names) {
  std::vector<std::string> texts;
  for (const json::value& name : names) {
    if (name.is_string()) texts.emplace_back(name.as_string());
  }
  return fmt::format("{}", fmt::join(texts, ","));
}

std::string list_or_dash(const json::object& row, std::string_view field) {
  const std::string names = comma_list(list_in(row, field));
  return names.empty() ? "-" : names;
}

/// "any", "5..", "..9", "5..9"
std::string window(const json::object& row) {
  const auto bound = [&row](std::string_view field) -> std::string {
    const json::value* found = row.if_contains(field);
    return found != nullptr && found->is_int64() ? std::to_string(found->as_int64()) : "";
  };
  const std::string lowest = bound("priority_min");
  const std::string highest = bound("priority_max");
  return lowest.empty() && highest.empty() ? "any" : lowest + ".." + highest;
}

std::vector<std::string> worker_cells(const json::object& row) {
  const json::value* draining = row.if_contains("draining");
  const bool leaving = draining != nullptr && draining->is_bool() && draining->as_bool();
  return {text_in(row, "worker"),
          comma_list(list_in(row, "queues")),
          fmt::format("{}/{}{}", count_in(row, "running"), count_in(row, "slots"),
                      leaving ? " leaving" : ""),
          list_or_dash(row, "states"),
          window(row),
          with_commas(count_in(row, "finished")),
          with_commas(count_in(row, "failed")),
          with_commas(count_in(row, "switches")),
          with_commas(count_in(row, "evictions")),
          time_in(row, "loading_s"),
          time_in(row, "working_s"),
          list_or_dash(row, "tags"),
          time_in(row, "heard_ago_s")};
}

Table states_table() {
  return Table({{.heading = "STATE", .may_shrink = true},
                {.heading = "HOLDERS", .to_the_right = true},
                {.heading = "PINNED", .to_the_right = true},
                {.heading = "WAITING", .to_the_right = true},
                {.heading = "SIZE", .to_the_right = true},
                {.heading = "LOAD", .to_the_right = true},
                {.heading = "90 %", .to_the_right = true},
                {.heading = "RUN", .to_the_right = true},
                {.heading = "90 %", .to_the_right = true},
                {.heading = "FAILED", .to_the_right = true},
                {.heading = "BLOCKED", .to_the_right = true}});
}

std::vector<std::string> state_cells(const json::object& row) {
  const auto or_dash = [](std::uint64_t count, const std::string& text) {
    return count == 0 ? std::string("-") : text;
  };
  const std::uint64_t bytes = count_in(row, "bytes");
  const std::uint64_t pinned = count_in(row, "pinned");
  const std::uint64_t failed = count_in(row, "failed_loads_in_a_row");
  const bool is_blocked = number_in(row, "blocked_s") > 0;
  return {text_in(row, "state"),
          with_commas(count_in(row, "holders")),
          or_dash(pinned, with_commas(pinned)),
          with_commas(count_in(row, "waiting")),
          or_dash(bytes, readable_bytes(bytes)),
          time_in(row, "load_mean_s"),
          time_in(row, "load_q90_s"),
          time_in(row, "run_mean_s"),
          time_in(row, "run_q90_s"),
          or_dash(failed, with_commas(failed)),
          is_blocked ? time_in(row, "blocked_s") : "-"};
}

Table users_table() {
  return Table({{.heading = "USER", .may_shrink = true},
                {.heading = "ACCEPTED", .to_the_right = true},
                {.heading = "QUEUED", .to_the_right = true},
                {.heading = "RUNNING", .to_the_right = true},
                {.heading = "FINISHED", .to_the_right = true},
                {.heading = "FAILED", .to_the_right = true},
                {.heading = "WEIGHT", .to_the_right = true},
                {.heading = "WORK", .to_the_right = true},
                {.heading = "WAIT", .to_the_right = true},
                {.heading = "MAX", .to_the_right = true},
                {.heading = "RUN", .to_the_right = true}});
}

std::vector<std::string> user_cells(const json::object& row) {
  return {text_in(row, "user"),
          jobs(row, "accepted"),
          jobs(row, "queued"),
          jobs(row, "running"),
          jobs(row, "finished"),
          jobs(row, "failed"),
          fmt::format("{:g}", number_in(row, "weight")),
          time_in(row, "worker_s"),
          time_in(row, "wait_mean_s"),
          time_in(row, "wait_max_s"),
          time_in(row, "run_mean_s")};
}

Table jobs_table() {
  return Table({{.heading = "JOB"},
                {.heading = "QUEUE", .may_shrink = true},
                {.heading = "STATUS"},
                {.heading = "WORKER", .may_shrink = true},
                {.heading = "STATE", .may_shrink = true},
                {.heading = "USER", .may_shrink = true},
                {.heading = "PRIORITY", .to_the_right = true},
                {.heading = "TRY", .to_the_right = true},
                {.heading = "PROGRESS", .to_the_right = true},
                {.heading = "AGE", .to_the_right = true}});
}

std::vector<std::string> job_cells(const json::object& row) {
  const auto or_dash = [&row](std::string_view field) {
    const std::string text = text_in(row, field);
    return text.empty() ? "-" : text;
  };
  return {text_in(row, "job"),
          text_in(row, "queue"),
          text_in(row, "status") + (flag_in(row, "slow") ? " slow" : "") +
              (flag_in(row, "stopping") ? " stopping" : ""),
          or_dash("worker"),
          or_dash("state"),
          or_dash("user"),
          fmt::format("{:.0f}", number_in(row, "priority")),
          with_commas(count_in(row, "attempt")),
          count_in(row, "progress") > 0 ? fmt::format("{} %", count_in(row, "progress")) : "-",
          time_in(row, "age_s")};
}

struct List {
  std::string_view what;
  Table (*table)();
  std::vector<std::string> (*cells)(const json::object& row);
  std::string_view empty;
};

constexpr std::array<List, 5> kLists{{
    {"queues", queues_table, queue_cells,
     "no queues yet; a queue appears with its first job or worker\n"},
    {"workers", workers_table, worker_cells,
     "no workers; start one with `steelyard worker --queue QUEUE --exec COMMAND`\n"},
    {"states", states_table, state_cells,
     "no states yet; name one with `steelyard submit --state`\n"},
    {"users", users_table, user_cells, "no users yet; name one with `steelyard submit --user`\n"},
    {"jobs", jobs_table, job_cells, "no job waits, runs or is on its way back\n"},
}};

const List* find_list(std::string_view what) {
  const auto* found = std::ranges::find(kLists, what, &List::what);
  return found == kLists.end() ? nullptr : found;
}

std::string readable(const List& list, const json::object& report) {
  const json::array& rows = list_in(report, "rows");
  if (rows.empty()) return std::string(list.empty);
  Table table = list.table();
  for (const json::value& row : rows) {
    if (row.is_object()) table.add(list.cells(row.as_object()));
  }
  std::string text = table.text(output_is_terminal() ? output_columns() : 0);
  const std::uint64_t omitted = count_in(report, "rows_omitted");
  if (omitted > 0) text += fmt::format("and {} more\n", with_commas(omitted));
  return text;
}

int run(const Options& options) {
  const auto answer = ask(options.broker, options.what);
  if (!answer) return give_up("ls", answer.error());
  if (options.json) return print(*answer + "\n");
  const auto report = parse_report(*answer);
  if (!report) return give_up("ls", report.error());
  return print(readable(*find_list(options.what), *report));
}

std::vector<std::string> list_names() {
  std::vector<std::string> names;
  for (const List& list : kLists) names.emplace_back(list.what);
  return names;
}

}  // namespace

void add_ls(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"ls", "List the queues, workers, states, users or jobs.",
       "The columns WAIT and RUN are means, each with its longest time behind it; WORK is what a "
       "user's jobs took of the workers, loads included; LOADED and WORKED are what a worker's "
       "slots "
       "did with their time; LONGEST is the wait of the job that has waited "
       "longest; HEARD says how long ago the worker last gave a sign of life. jobs are those that "
       "run, are on their way back or wait, the next ones first, then those that are delayed or in "
       "quarantine, 1,000 at most; AGE counts from their arrival; slow are those that run for more "
       "than three times as long as expected.\n"
       "\n"
       "states are what jobs need loaded: how many workers hold one, how many are to whatever "
       "happens (steelyard pin), how many jobs wait for it, its size, how long it takes to load "
       "and to run a job with it (mean, and what nine of ten stay below), how often in a row it "
       "could not be loaded, and for how long that is not tried again.\n"
       "\n"
       "Examples:\n"
       "  steelyard ls\n"
       "  steelyard ls workers\n"
       "  steelyard ls states\n"
       "  steelyard ls jobs\n"
       "  steelyard ls workers --json | jq '.rows[].worker'"},
      chosen, {run});
  flags.add_option("WHAT", options.what, "queues, workers, states, users or jobs")
      ->check(one_of(list_names()))
      ->default_str(options.what);
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of a table");
}

}  // namespace steelyard::cli
