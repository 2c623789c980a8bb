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
  std::vector<HelpRow> workloads;
  for (const sim::Workload& workload : sim::workloads()) {
    workloads.push_back({workload.name, workload.summary});
  }
  workloads.push_back({std::string(kTrace) + "FILE", "one in JSON lines"});
  return "Workloads, each as NAME or NAME:parameter=number,...:\n" + help_rows(workloads) +
         "\n"
         "trace FILE is what a broker has recorded with --record FILE. All its decisions are made "
         "again, with exit status 1 when one is another, and then all strategies, unless some are "
         "named, are tried on the jobs and workers that it had.\n"
         "\n"
         "A case is a workload with figures that a strategy must reach; all runs all cases and "
         "ends "
         "with exit status 1 when one is missed. list says what parameters and cases there are. "
         "Everything random comes from the seed: the same words do the same.\n"
         "\n"
         "Examples:\n"
         "  steelyard sim six-jobs\n"
         "  steelyard sim poisson:states=4,rate_per_s=20 --workers 2\n"
         "  steelyard sim zipf --strategy groups-by-state:switch_penalty_s=60 --seed 7\n"
         "  steelyard sim burst --workers 4 --plot pictures\n"
         "  steelyard sim trace:monday.jsonl --strategy all --json\n"
         "  steelyard sim trace monday.trace\n"
         "  steelyard sim all";
}

void add_numbers(CLI::App& flags, Simulate& options) {
  add_number<std::uint32_t>(flags, {.name = "--workers",
                                    .description = "workers, each with one slot",
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
}

}  // namespace

void add_sim(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Simulate>(
      program, {"sim", "Try strategies on a workload, in virtual time.", footer()}, chosen,
      {run_simulate});
  flags
      .add_option("WORKLOAD", options.words,
                  "what jobs come, see below; or a case, all cases, or list")
      ->required()
      ->type_name("");
  flags
      .add_option("--strategy", options.strategies,
                  "NAME[:parameter=number,...], or all; may be given again")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->default_str("oldest, groups-by-state and amortised");
  add_numbers(flags, options);
  flags
      .add_option("--plugin", options.plugins,
                  "a shared object with more strategies; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
  flags.add_flag("--groups", options.groups, "say what the jobs of each state and user waited");
  flags.add_flag("--json", options.json, "print JSON instead of tables");
  flags
      .add_option("--plot", options.plot_folder,
                  "draw waiting times and what the workers did as SVG files into this folder")
      ->type_name("DIR");
}

}  // namespace steelyard::cli
