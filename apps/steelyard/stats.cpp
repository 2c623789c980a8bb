#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/table.hpp"
#include "commands.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameColumns = 9;

struct Options {
  BrokerAt broker;
  bool json = false;
  bool everything = false;
};

/// "handed_back" as people write it.
std::string spaced(std::string_view field) {
  std::string text(field);
  std::ranges::replace(text, '_', ' ');
  return text;
}

/// A ledger as a table of one row, in the order in which a job goes through it.
void print_ledger(std::string& text, std::string_view name, const json::object& ledger) {
  std::vector<Table::Column> columns{{.heading = ""}};
  std::vector<std::string> cells{std::string(name)};
  for (const auto& field : ledger) {
    if (!field.value().is_number()) continue;
    columns.push_back({.heading = spaced(field.key()), .to_the_right = true});
    cells.push_back(with_commas(count_in(ledger, field.key())));
  }
  columns[0].heading = std::string(kNameColumns, ' ');
  Table table(std::move(columns));
  table.add(cells);
  text += table.text(0) + "\n";
}

std::string decisions(const json::object& decisions) {
  std::string text;
  for (const auto& field : decisions) {
    const std::uint64_t count = count_in(decisions, field.key());
    if (count == 0) continue;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : "  ", spaced(field.key()), with_commas(count));
  }
  return text.empty() ? "none yet" : text;
}

/// How results reached those who asked for them.
std::string returns(const json::object& returns) {
  std::string text =
      fmt::format("{} direct  {} through the broker", with_commas(count_in(returns, "direct")),
                  with_commas(count_in(returns, "through_broker")));
  for (const std::string_view rare : {"fetched", "lost"}) {
    if (count_in(returns, rare) == 0) continue;
    text += fmt::format("  {} {}", with_commas(count_in(returns, rare)), rare);
  }
  return text;
}

/// What became of the states that workers hold.
std::string switches(const json::object& stats) {
  return fmt::format("{}  {}  {}", with_commas(count_in(stats, "switches")),
                     counted(count_in(stats, "evictions"), "eviction", "evictions"),
                     counted(count_in(stats, "failed_loads"), "failed load", "failed loads"));
}

/// How well it was foreseen when jobs would begin.
std::string estimates(const json::object& quality) {
  if (count_in(quality, "jobs") == 0) return "none yet";
  return fmt::format("{:.0f} % of {} began when expected  off by {} on average",
                     number_in(quality, "within_share") * 100,
                     counted(count_in(quality, "jobs"), "job", "jobs"),
                     time_in(quality, "error_mean_s"));
}

/// The counts that are not 0, by their names.
std::string counts(const json::object& counts, std::string_view none) {
  std::string text;
  for (const auto& field : counts) {
    const std::uint64_t count = count_in(counts, field.key());
    if (count == 0) continue;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : "  ", with_commas(count), spaced(field.key()));
  }
  return text.empty() ? std::string(none) : text;
}

std::string journal(const json::object& stats) {
  const json::object& journal = object_in(stats, "journal");
  if (journal.empty()) return "none";
  const std::string failing = text_in(journal, "failing");
  return fmt::format("{} records  {} not yet on disk{}", with_commas(count_in(journal, "records")),
                     with_commas(count_in(journal, "behind")),
                     failing.empty() ? "" : "  takes nothing at present: " + failing);
}

std::string readable(const json::object& stats) {
  std::string text;
  print_ledger(text, "jobs", object_in(stats, "jobs"));
  print_ledger(text, "attempts", object_in(stats, "attempts"));
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<{}}  {}\n", name, kNameColumns, value);
  };
  row("mean time", fmt::format("waiting {}  running {}", time_in(stats, "wait_mean_s"),
                               time_in(stats, "run_mean_s")));
  row("longest", fmt::format("waiting {}  running {}", time_in(stats, "wait_max_s"),
                             time_in(stats, "run_max_s")));
  row("workers'", fmt::format("time: loading {}  working {}", time_in(stats, "loading_s"),
                              time_in(stats, "working_s")));
  row("results", returns(object_in(stats, "returns")));
  row("workers", fmt::format("{} with {}", with_commas(count_in(stats, "workers")),
                             counted(count_in(stats, "slots"), "slot", "slots")));
  row("clients", with_commas(count_in(stats, "sessions")));
  row("strategy", text_in(stats, "strategy"));
  row("decisions", decisions(object_in(stats, "decisions")));
  row("switches", switches(stats));
  row("estimates", estimates(object_in(stats, "start_estimates")));
  row("memory",
      fmt::format("{} of {} for payloads and results",
                  readable_bytes(count_in(stats, "kept_bytes")),
                  readable_bytes(count_in(object_in(stats, "limits"), "max_kept_bytes"))));
  row("messages",
      fmt::format("{} malformed  {} refused", with_commas(count_in(stats, "messages_malformed")),
                  with_commas(count_in(stats, "messages_refused"))));
  row("refusals", counts(object_in(stats, "refusals"), "none"));
  row("troubles", counts(object_in(stats, "troubles"), "none"));
  row("journal", journal(stats));
  row("up", time_in(stats, "uptime_s"));
  return text;
}

int run(const Options& options) {
  const auto answer = ask(options.broker, options.everything ? "snapshot" : "stats");
  if (!answer) return give_up("stats", answer.error());
  if (options.json || options.everything) return print(*answer + "\n");
  const auto stats = parse_report(*answer);
  return stats ? print(readable(*stats)) : give_up("stats", stats.error());
}

}  // namespace

void add_stats(CLI::App& program, Run& chosen) {
  const auto [flags, options] =
      add_command<Options>(program,
                           {"stats", "Show how many jobs there were and how long they took.",
                            "Examples:\n"
                            "  steelyard stats\n"
                            "  steelyard stats --json | jq .jobs\n"
                            "  steelyard stats --everything | jq .workers.rows[0]"},
                           chosen, {run});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of a table");
  flags.add_flag("--everything", options.everything,
                 "print all there is about queues, workers, users and states, as JSON");
}

}  // namespace steelyard::cli
