#include "simulate/tables.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/console.hpp"
#include "cli/help.hpp"
#include "cli/table.hpp"
#include "steelyard/sim/catalogue.hpp"

namespace steelyard::cli {
namespace {

constexpr std::size_t kMaxGroupRows = 20;

std::string seconds(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 3 : value < 1000 ? 2 : 0);
}

std::string seconds(Duration value) {
  return seconds(sim::in_seconds(value));
}

std::string text_for_people(const Table& table) {
  return table.text(output_is_terminal() ? output_columns() : 0);
}

std::string remark(const sim::Measures& measures) {
  if (measures.unfinished > 0) {
    return with_commas(measures.unfinished) + " never done";
  }
  return measures.diverges() ? "diverges" : "";
}

std::vector<std::string> cells(const sim::Simulated& run, bool has_tenants) {
  const sim::Measures& measures = run.measures;
  const auto decisions = static_cast<double>(std::max<std::uint64_t>(measures.decisions, 1));
  std::vector<std::string> row{run.strategy,
                               with_commas(measures.switches),
                               fmt::format("{:.1f} %", measures.loading_share * 100),
                               seconds(measures.makespan),
                               seconds(measures.waits.mean_s()),
                               seconds(measures.waits.quantile(0.5)),
                               seconds(measures.waits.quantile(0.99)),
                               seconds(measures.waits.max())};
  if (has_tenants) row.push_back(seconds(measures.tenant_gap_s));
  row.push_back(fmt::format("{:.0f}", static_cast<double>(measures.steps_ns) / decisions));
  row.push_back(remark(measures));
  return row;
}

/// A row that says what could have been reached.
std::vector<std::string> bound_cells(const std::string& name, const std::string& loads,
                                     const std::string& makespan, const std::string& mean_wait,
                                     bool has_tenants) {
  std::vector<std::string> row{name, loads, "", makespan, mean_wait, "", "", ""};
  row.resize(has_tenants ? 11 : 10);
  return row;
}

Table results_table(const sim::Comparison& comparison) {
  const bool has_tenants = comparison.tenants > 1;
  std::vector<Table::Column> columns{{.heading = "STRATEGY", .may_shrink = true}};
  for (const char* heading : {"LOADS", "LOADING", "MAKESPAN", "WAIT", "p50", "p99", "MAX"}) {
    columns.push_back({.heading = heading, .to_the_right = true});
  }
  if (has_tenants) columns.push_back({.heading = "GAP", .to_the_right = true});
  columns.push_back({.heading = "ns/JOB", .to_the_right = true});
  columns.push_back({.heading = ""});
  Table table(std::move(columns));
  for (const sim::Simulated& run : comparison.results) table.add(cells(run, has_tenants));
  const std::string states = with_commas(comparison.results.front().measures.states_needed);
  const std::string reference =
      comparison.reference ? seconds(comparison.reference->mean_wait_s) : "";
  table.add(
      bound_cells("(bound)", states, seconds(comparison.makespan_bound_s), reference, has_tenants));
  if (comparison.optimum) {
    const double wait = sim::in_seconds(comparison.optimum->total_wait);
    table.add(bound_cells("(optimum)", "", seconds(comparison.optimum->makespan),
                          seconds(wait / static_cast<double>(comparison.jobs)), has_tenants));
  }
  return table;
}

/// Loads are counted, all else is measured in seconds.
std::string figure_text(sim::Metric metric, double value) {
  return metric == sim::Metric::Switches ? fmt::format("{:.0f}", value) : seconds(value);
}

/// What each figure was and should be.
std::string figures_text(const Tried& tried) {
  std::string text;
  for (const sim::Simulated* run : on_trial(tried)) {
    for (const sim::Figure& figure : tried.trial.figures->figures) {
      text += fmt::format(
          "{} {}: {} {}, at most {:g}\n", is_met(figure, run->measures) ? "met    " : "NOT MET",
          run->strategy, sim::to_string(figure.metric),
          figure_text(figure.metric, sim::measured(figure.metric, run->measures)), figure.at_most);
    }
  }
  return text;
}

/// What the jobs of each state, or user, waited.
std::string groups_text(const sim::Comparison& comparison, const char* heading,
                        std::vector<sim::GroupMeasures> sim::Measures::*groups) {
  Table table({{.heading = heading, .may_shrink = true},
               {.heading = "STRATEGY", .may_shrink = true},
               {.heading = "JOBS", .to_the_right = true},
               {.heading = "WAIT", .to_the_right = true},
               {.heading = "MAX", .to_the_right = true}});
  const std::size_t count = (comparison.results.front().measures.*groups).size();
  if (count == 0) return "";
  for (std::size_t i = 0; i < std::min(count, kMaxGroupRows); ++i) {
    for (const sim::Simulated& run : comparison.results) {
      const sim::GroupMeasures& group = (run.measures.*groups)[i];
      table.add({group.name, run.strategy, with_commas(group.jobs), seconds(group.mean_wait_s()),
                 seconds(group.longest_wait)});
    }
  }
  const std::string omitted =
      count > kMaxGroupRows ? fmt::format("and {} more\n", count - kMaxGroupRows) : "";
  return "\n" + text_for_people(table) + omitted;
}

std::string parameters_text(const std::vector<sim::Parameter>& parameters) {
  std::vector<std::string> texts;
  for (const sim::Parameter& parameter : parameters) {
    texts.push_back(fmt::format("{}={}", parameter.name, parameter.standard));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string legend(const std::vector<Tried>& all) {
  std::string text =
      "Times in seconds. LOADS: how often a state was loaded; LOADING: the part of the workers' "
      "time\nthat it took; WAIT: from arrival to the start of the run, on the average; ns/JOB: "
      "what "
      "the\nscheduler took";
  const bool has_tenants =
      std::ranges::any_of(all, [](const Tried& tried) { return tried.comparison.tenants > 1; });
  if (has_tenants) {
    text += "; GAP: worker-seconds that one user got more than another while both waited";
  }
  return text + ".\n";
}

std::string comparison_text(const Tried& tried, bool groups) {
  const sim::Comparison& comparison = tried.comparison;
  std::string text = fmt::format("{}{}: {}, {}, seed {}\n",
                                 tried.trial.figures ? tried.trial.figures->name + ": " : "",
                                 comparison.workload, counted(comparison.jobs, "job", "jobs"),
                                 counted(comparison.workers, "worker", "workers"), comparison.seed);
  text += text_for_people(results_table(comparison));
  if (groups) {
    text += groups_text(comparison, "STATE", &sim::Measures::states);
    text += groups_text(comparison, "USER", &sim::Measures::tenants);
  }
  if (tried.trial.figures != nullptr) text += figures_text(tried);
  return text;
}

std::string list_text() {
  std::vector<HelpRow> workloads;
  for (const sim::Workload& workload : sim::workloads()) {
    workloads.push_back({workload.name, fmt::format("{}; {}", workload.summary,
                                                    parameters_text(workload.parameters))});
  }
  workloads.push_back({std::string(kTrace) + "FILE", "a recorded one, a JSON object on each line"});
  std::vector<HelpRow> cases;
  for (const sim::Case& one : sim::cases()) {
    std::vector<std::string> figures;
    for (const sim::Figure& figure : one.figures) {
      figures.push_back(fmt::format("{} <= {:g}", sim::to_string(figure.metric), figure.at_most));
    }
    cases.push_back({one.name, fmt::format("{}; {} must reach {}", one.summary, one.on_trial,
                                           fmt::join(figures, ", "))});
  }
  return fmt::format(
      "Workloads, as NAME or NAME:parameter=number,... (what is not given is as shown):\n{}\n"
      "Cases, and what is expected:\n{}",
      help_rows(workloads), help_rows(cases));
}

}  // namespace steelyard::cli
