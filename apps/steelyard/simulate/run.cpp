#include "simulate/run.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "simulate/report.hpp"
#include "simulate/tables.hpp"
#include "simulate/trial.hpp"
#include "steelyard/runtime/plugin/plugin.hpp"
#include "submit/progress.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kLegend =
    "Times in seconds. LOADS is how often a state was loaded, LOADING the part of the workers' "
    "time "
    "that\nit took; WAIT is the mean from arrival to the start of the run; ns/JOB is what the "
    "scheduler took.\n";

std::uint64_t clock_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

Result<strategy::Registry> load_strategies(const std::vector<std::string>& plugins) {
  strategy::Registry registry;
  for (const std::string& file : plugins) {
    if (auto loaded = load_plugin(file, registry); !loaded) {
      return failure(ErrorCode::InvalidArgument, "--plugin: " + loaded.error().context);
    }
  }
  return registry;
}

/// Runs a trial, with a bar on the terminal when it takes long.
Result<Tried> run(const Trial& trial, const strategy::Registry& registry) {
  ProgressBar bar(errors_are_terminal());
  const auto began = clock_ns();
  sim::RunOptions options;
  options.clock_ns = clock_ns;
  options.progress = [&bar, began](std::uint64_t arrived) {
    const double seconds = static_cast<double>(clock_ns() - began) * 1e-9;
    bar.draw({.done = arrived, .failed = 0, .part = {}, .seconds = seconds});
  };
  auto comparison = sim::compare(trial.make, trial.strategies, registry, options);
  bar.clear();
  if (!comparison) return tl::unexpected(comparison.error());
  return Tried{trial, std::move(*comparison)};
}

int run_all(const std::vector<Trial>& trials, const Simulate& options,
            const strategy::Registry& registry) {
  std::vector<Tried> all;
  for (const Trial& trial : trials) {
    auto tried = run(trial, registry);
    if (!tried) return give_up("sim", tried.error());
    const std::string text = options.json ? "" : comparison_text(*tried, options.groups);
    if (const int status = print(text); status != kDone) return status;
    all.push_back(std::move(*tried));
  }
  if (const int status = print(options.json ? trials_json(all) : kLegend); status != kDone) {
    return status;
  }
  const auto met = [](const Tried& tried) { return is_met(tried); };
  return std::ranges::all_of(all, met) ? kDone : kFailed;
}

}  // namespace

int run_simulate(const Simulate& options) {
  if (std::ranges::find(options.words, kList) != options.words.end()) return print(list_text());
  const auto registry = load_strategies(options.plugins);
  if (!registry) return give_up("sim", registry.error());
  const auto trials = read_trials(options, *registry);
  if (!trials) return give_up("sim", trials.error());
  return run_all(*trials, options, *registry);
}

}  // namespace steelyard::cli
