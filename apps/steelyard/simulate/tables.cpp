#include "simulate/tables.hpp"

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/table.hpp"

namespace steelyard::cli {
namespace {

std::string seconds(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 3 : value < 1000 ? 2 : 0);
}

std::string seconds(Duration value) {
  return seconds(sim::in_seconds(value));
}

std::vector<std::string> cells(const Simulated& simulated) {
  const sim::Measures& measures = simulated.measures;
  const auto decisions = static_cast<double>(std::max<std::uint64_t>(measures.decisions, 1));
  return {simulated.strategy,
          with_commas(measures.switches),
          fmt::format("{:.1f} %", measures.loading_share * 100),
          seconds(measures.makespan),
          seconds(measures.waits.mean_s()),
          seconds(measures.waits.quantile(0.5)),
          seconds(measures.waits.quantile(0.99)),
          seconds(measures.waits.max()),
          fmt::format("{:.0f}", static_cast<double>(measures.steps_ns) / decisions),
          measures.unfinished > 0
              ? fmt::format("{} jobs never done", with_commas(measures.unfinished))
              : std::string(measures.diverges() ? "diverges" : "")};
}

}  // namespace

std::string comparison_table(const sim::Scenario& scenario, const std::vector<Simulated>& all) {
  Table table({{.heading = "STRATEGY", .may_shrink = true},
               {.heading = "LOADS", .to_the_right = true},
               {.heading = "LOADING", .to_the_right = true},
               {.heading = "MAKESPAN s", .to_the_right = true},
               {.heading = "WAIT mean s", .to_the_right = true},
               {.heading = "p50", .to_the_right = true},
               {.heading = "p99", .to_the_right = true},
               {.heading = "max", .to_the_right = true},
               {.heading = "ns/JOB", .to_the_right = true},
               {.heading = ""}});
  for (const Simulated& simulated : all) table.add(cells(simulated));
  return fmt::format("{}: {}, {}, seed {}\n{}", scenario.text,
                     counted(scenario.jobs, "job", "jobs"),
                     counted(scenario.workers, "worker", "workers"), scenario.seed,
                     table.text(output_is_terminal() ? output_columns() : 0));
}

}  // namespace steelyard::cli
