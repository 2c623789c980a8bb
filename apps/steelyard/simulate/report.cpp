#include "simulate/report.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/monitor/json_text.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

double mean_step_ns(const sim::Measures& measures) {
  const auto decisions = static_cast<double>(std::max<std::uint64_t>(measures.decisions, 1));
  return static_cast<double>(measures.steps_ns) / decisions;
}

json::object wait_json(const sim::Histogram& waits) {
  return {{"mean", waits.mean_s()},
          {"p50", sim::in_seconds(waits.quantile(0.5))},
          {"p99", sim::in_seconds(waits.quantile(0.99))},
          {"max", sim::in_seconds(waits.max())}};
}

json::array groups_json(const std::vector<sim::GroupMeasures>& groups) {
  json::array rows;
  for (const sim::GroupMeasures& group : groups) {
    rows.push_back({{"name", group.name},
                    {"jobs", group.jobs},
                    {"mean_wait_s", group.mean_wait_s()},
                    {"longest_wait_s", sim::in_seconds(group.longest_wait)}});
  }
  return rows;
}

json::object run_json(const sim::Simulated& run) {
  const sim::Measures& measures = run.measures;
  return {{"strategy", run.strategy},
          {"finished", measures.finished},
          {"unfinished", measures.unfinished},
          {"diverges", measures.diverges()},
          {"loads", measures.switches},
          {"loading_share", measures.loading_share},
          {"makespan_s", sim::in_seconds(measures.makespan)},
          {"wait_s", wait_json(measures.waits)},
          {"states", groups_json(measures.states)},
          {"users", groups_json(measures.tenants)},
          {"user_gap_s", measures.tenant_gap_s},
          {"scheduler_ns_per_job", mean_step_ns(measures)},
          {"scheduler_step_p99_ns", measures.step_costs.quantile(0.99).count()},
          {"trace", fmt::format("{:016x}", measures.trace)}};
}

json::value reference_json(const sim::Comparison& comparison) {
  if (!comparison.reference) return nullptr;
  return {{"mean_wait_s", comparison.reference->mean_wait_s},
          {"dedicated_workers", comparison.reference->dedicated}};
}

json::value optimum_json(const sim::Comparison& comparison) {
  if (!comparison.optimum) return nullptr;
  const double total = sim::in_seconds(comparison.optimum->total_wait);
  return {{"makespan_s", sim::in_seconds(comparison.optimum->makespan)},
          {"mean_wait_s", total / static_cast<double>(comparison.jobs)}};
}

json::array figures_json(const Tried& tried) {
  json::array figures;
  for (const sim::Simulated* run : on_trial(tried)) {
    for (const sim::Figure& figure : tried.trial.figures->figures) {
      figures.push_back({{"strategy", run->strategy},
                         {"metric", sim::to_string(figure.metric)},
                         {"at_most", figure.at_most},
                         {"measured", sim::measured(figure.metric, run->measures)},
                         {"met", is_met(figure, run->measures)}});
    }
  }
  return figures;
}

json::object tried_json(const Tried& tried) {
  const sim::Comparison& comparison = tried.comparison;
  json::array results;
  for (const sim::Simulated& run : comparison.results) results.push_back(run_json(run));
  json::object object;
  if (tried.trial.figures != nullptr) {
    object["case"] = tried.trial.figures->name;
    object["figures"] = figures_json(tried);
  }
  object["workload"] = comparison.workload;
  object["seed"] = comparison.seed;
  object["workers"] = comparison.workers;
  object["jobs"] = comparison.jobs;
  object["makespan_bound_s"] = comparison.makespan_bound_s;
  object["wait_reference"] = reference_json(comparison);
  object["optimum"] = optimum_json(comparison);
  object["results"] = std::move(results);
  return object;
}

}  // namespace

std::string trials_json(const std::vector<Tried>& all, const json::object& more) {
  json::array comparisons;
  bool met = true;
  for (const Tried& tried : all) {
    comparisons.push_back(tried_json(tried));
    met = met && is_met(tried);
  }
  json::object report{{"comparisons", std::move(comparisons)}, {"met", met}};
  for (const auto& [name, value] : more) report[name] = value;
  return monitor::json_text(report) + "\n";
}

}  // namespace steelyard::cli
