#include <string>

#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/options.hpp"
#include "commands.hpp"
#include "simulate/run.hpp"
#include "steelyard/sim/catalogue.hpp"

namespace steelyard::cli {
namespace {

std::string footer() {
  std::vector<HelpRow> rows;
  for (const sim::Workload& workload : sim::workloads()) {
    rows.push_back({workload.name, workload.summary});
  }
  return "Workloads, each as NAME or NAME:parameter=number,...:\n" + help_rows(rows) +
         "\n"
         "Examples:\n"
         "  steelyard sim six-jobs\n"
         "  steelyard sim poisson:states=4,rate_per_s=20 --workers 2\n"
         "  steelyard sim zipf --strategy groups-by-state:switch_penalty_s=60 --seed 7";
}

}  // namespace

void add_sim(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Simulate>(
      program, {"sim", "Try strategies on a workload, in virtual time.", footer()}, chosen,
      {run_simulate});
  flags.add_option("WORKLOAD", options.words, "what jobs come; see below")
      ->required()
      ->type_name("");
  flags
      .add_option("--strategy", options.strategies,
                  "NAME[:parameter=number,...], or all; may be given again")
      ->type_name("NAME")
      ->allow_extra_args(false);
  add_number<std::uint32_t>(flags, {.name = "--workers",
                                    .description = "workers with one slot each",
                                    .value = options.workers,
                                    .min = 1,
                                    .max = sim::kMaxWorkers})
      ->default_str("the workload's");
  add_number<std::uint32_t>(flags, {.name = "--jobs",
                                    .description = "how many jobs come",
                                    .value = options.jobs,
                                    .min = 1,
                                    .max = sim::kMaxJobs})
      ->default_str("the workload's");
  add_number<std::uint64_t>(
      flags, {.name = "--seed", .description = "of all that is random", .value = options.seed});
  flags
      .add_option("--plugin", options.plugins,
                  "a shared object with more strategies; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

}  // namespace steelyard::cli
