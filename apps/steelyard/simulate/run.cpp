#include "simulate/run.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "simulate/tables.hpp"
#include "steelyard/runtime/plugin/plugin.hpp"
#include "steelyard/sim/catalogue.hpp"
#include "steelyard/sim/world.hpp"
#include "steelyard/strategy/registry.hpp"
#include "submit/progress.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kEvery = "all";
constexpr const char* kUsual[] = {"oldest", "groups-by-state", "amortised"};

std::uint64_t clock_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

Result<strategy::Registry> load_strategies(const std::vector<std::string>& plugins) {
  strategy::Registry registry;
  for (const std::string& file : plugins) {
    if (auto loaded = load_plugin(file, registry); !loaded) return tl::unexpected(loaded.error());
  }
  return registry;
}

std::vector<std::string> names_of(const strategy::Registry& registry) {
  std::vector<std::string> names;
  for (const strategy::Entry& entry : registry.entries()) names.push_back(entry.name);
  return names;
}

/// The strategies to compare. Errors: InvalidArgument, as Registry::make.
Result<std::vector<std::string>> chosen_strategies(const Simulate& options,
                                                   const strategy::Registry& registry) {
  if (options.strategies.empty()) return usual_strategies();
  std::vector<std::string> chosen;
  for (const std::string& text : options.strategies) {
    if (text == kEvery) return names_of(registry);
    if (const auto strategy = registry.make(text); !strategy) {
      return tl::unexpected(strategy.error());
    }
    chosen.push_back(text);
  }
  return chosen;
}

sim::Overrides overrides(const Simulate& options) {
  sim::Overrides result{.seed = options.seed};
  if (options.workers > 0) result.workers = options.workers;
  if (options.jobs > 0) result.jobs = options.jobs;
  return result;
}

/// One workload under one strategy. Errors: InvalidArgument.
Result<Simulated> simulate(const std::string& workload, const std::string& strategy,
                           const Simulate& options, const strategy::Registry& registry) {
  auto scenario = sim::make_scenario(workload, overrides(options));
  if (!scenario) return tl::unexpected(scenario.error());
  auto made = registry.make(strategy);
  if (!made) return tl::unexpected(made.error());
  ProgressBar bar(errors_are_terminal());
  const auto began = clock_ns();
  sim::RunOptions run{.clock_ns = clock_ns, .progress = {}};
  run.progress = [&bar, began, jobs = scenario->jobs](std::uint64_t arrived) {
    bar.draw({.done = arrived,
              .part = static_cast<double>(arrived) / static_cast<double>(jobs),
              .seconds = static_cast<double>(clock_ns() - began) * 1e-9});
  };
  sim::World world(std::move(*scenario), std::move(*made), std::move(run));
  Simulated simulated{strategy, world.run()};
  bar.clear();
  return simulated;
}

/// One workload under all strategies, as text.
Result<std::string> compare(const std::string& workload, const std::vector<std::string>& strategies,
                            const Simulate& options, const strategy::Registry& registry) {
  const auto scenario = sim::make_scenario(workload, overrides(options));
  if (!scenario) return tl::unexpected(scenario.error());
  std::vector<Simulated> all;
  for (const std::string& strategy : strategies) {
    auto simulated = simulate(workload, strategy, options, registry);
    if (!simulated) return tl::unexpected(simulated.error());
    all.push_back(std::move(*simulated));
  }
  return comparison_table(*scenario, all);
}

}  // namespace

std::vector<std::string> usual_strategies() {
  const std::vector<std::string> known = names_of(strategy::Registry());
  std::vector<std::string> usual;
  for (const char* name : kUsual) {
    if (std::ranges::find(known, name) != known.end()) usual.emplace_back(name);
  }
  return usual;
}

int run_simulate(const Simulate& options) {
  const auto registry = load_strategies(options.plugins);
  if (!registry) return give_up("sim", registry.error());
  const auto strategies = chosen_strategies(options, *registry);
  if (!strategies) return give_up("sim", strategies.error());
  // Everything is looked at before anything runs: a wrong word is told at once.
  for (const std::string& word : options.words) {
    const auto scenario = sim::make_scenario(word, overrides(options));
    if (!scenario) return give_up("sim", scenario.error());
  }
  for (const std::string& word : options.words) {
    const auto table = compare(word, *strategies, options, *registry);
    if (!table) return give_up("sim", table.error());
    if (const int status = print(*table); status != kDone) return status;
  }
  return kDone;
}

}  // namespace steelyard::cli
