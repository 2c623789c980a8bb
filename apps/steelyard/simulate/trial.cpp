#include "simulate/trial.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "steelyard/sim/catalogue.hpp"
#include "steelyard/sim/trace.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kBaselines[] = {"oldest", "groups-by-state"};
constexpr const char* kUsual[] = {"oldest", "groups-by-state", "amortised"};

/// A figure is met although the last digit of a sum of times may say otherwise.
constexpr double kTolerance = 1e-6;

std::vector<std::string> usual_strategies(const strategy::Registry& registry) {
  const std::vector<std::string> known = every_strategy(registry);
  std::vector<std::string> usual;
  for (const char* name : kUsual) {
    if (std::ranges::find(known, name) != known.end()) usual.emplace_back(name);
  }
  return usual;
}

sim::Overrides overrides(const Simulate& options) {
  sim::Overrides result;
  result.seed = options.seed;
  if (options.workers > 0) result.workers = options.workers;
  if (options.jobs > 0) result.jobs = options.jobs;
  return result;
}

Result<std::shared_ptr<const sim::Trace>> read_trace(const std::string& path) {
  std::ifstream file(path);
  if (!file) return failure(ErrorCode::SystemError, fmt::format("{} cannot be read", path));
  auto trace = std::make_shared<sim::Trace>();
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    if (const auto added = trace->add(line); !added) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("{}:{}: {}", path, number, added.error().context));
    }
  }
  return trace;
}

/// Whatever a word may be, beside the workloads.
tl::unexpected<Error> unknown_word(const std::string& word) {
  std::vector<std::string> known;
  for (const sim::Workload& workload : sim::workloads()) known.push_back(workload.name);
  known.emplace_back(std::string(kTrace) + "FILE");
  for (const sim::Case& one : sim::cases()) known.push_back(one.name);
  known.emplace_back(kEveryCase);
  known.emplace_back(kList);
  return sim::unknown("workload", word, known);
}

Result<sim::MakeScenario> maker(const std::string& word, const Simulate& options) {
  if (word.starts_with(kTrace)) {
    const auto trace = read_trace(word.substr(std::string_view(kTrace).size()));
    if (!trace) return tl::unexpected(trace.error());
    return [trace = *trace, word, given = overrides(options)] {
      auto scenario = trace->scenario(given);
      if (scenario) scenario->text = word;
      return scenario;
    };
  }
  const std::string name = word.substr(0, word.find(':'));
  if (std::ranges::find(sim::workloads(), name, &sim::Workload::name) == sim::workloads().end()) {
    return unknown_word(name);
  }
  return [word, given = overrides(options)] { return sim::make_scenario(word, given); };
}

/// The strategies are those that were named, or `otherwise`.
Result<Trial> workload_trial(const std::string& word, const Simulate& options,
                             const std::vector<std::string>& strategies) {
  auto make = maker(word, options);
  if (!make) return tl::unexpected(make.error());
  if (const auto scenario = (*make)(); !scenario) return tl::unexpected(scenario.error());
  return Trial{std::move(*make), strategies, nullptr, {}};
}

/// Figures are expected of the strategies that were named, or of the case's own.
Result<Trial> case_trial(const sim::Case& figures, const Simulate& options,
                         const std::vector<std::string>& named,
                         const strategy::Registry& registry) {
  auto trial = workload_trial(figures.workload, options, named);
  if (!trial) return trial;
  trial->figures = &figures;
  trial->on_trial = named;
  if (!named.empty()) return trial;
  if (const auto strategy = registry.make(figures.on_trial); !strategy) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("case '{}': {}", figures.name, strategy.error().context));
  }
  trial->on_trial = {figures.on_trial};
  trial->strategies.assign(std::begin(kBaselines), std::end(kBaselines));
  trial->strategies.push_back(figures.on_trial);
  return trial;
}

}  // namespace

std::vector<std::string> every_strategy(const strategy::Registry& registry) {
  std::vector<std::string> names;
  for (const strategy::Entry& entry : registry.entries()) names.push_back(entry.name);
  return names;
}

Result<std::vector<std::string>> named_strategies(const Simulate& options,
                                                  const strategy::Registry& registry) {
  std::vector<std::string> named;
  for (const std::string& text : options.strategies) {
    if (text == kEveryStrategy) return every_strategy(registry);
    const auto strategy = registry.make(text);
    if (!strategy) {
      return failure(ErrorCode::InvalidArgument, "--strategy: " + strategy.error().context);
    }
    named.push_back(text);
  }
  return named;
}

Result<std::vector<Trial>> read_trials(const Simulate& options,
                                       const strategy::Registry& registry) {
  const auto named = named_strategies(options, registry);
  if (!named) return tl::unexpected(named.error());
  std::vector<Trial> trials;
  const auto add = [&trials](Result<Trial> trial) -> Result<void> {
    if (!trial) return tl::unexpected(trial.error());
    trials.push_back(std::move(*trial));
    return {};
  };
  for (const std::string& word : options.words) {
    Result<void> added;
    if (word == kEveryCase) {
      for (const sim::Case& one : sim::cases()) {
        if (added) added = add(case_trial(one, options, *named, registry));
      }
    } else if (const sim::Case* found = sim::find_case(word)) {
      added = add(case_trial(*found, options, *named, registry));
    } else {
      added =
          add(workload_trial(word, options, named->empty() ? usual_strategies(registry) : *named));
    }
    if (!added) return tl::unexpected(added.error());
  }
  return trials;
}

bool is_met(const sim::Figure& figure, const sim::Measures& measures) {
  return measures.unfinished == 0 &&
         sim::measured(figure.metric, measures) <= figure.at_most * (1 + kTolerance);
}

bool is_met(const Tried& tried) {
  const auto runs = on_trial(tried);
  return std::ranges::all_of(runs, [&](const sim::Simulated* run) {
    return std::ranges::all_of(tried.trial.figures->figures, [&](const sim::Figure& figure) {
      return is_met(figure, run->measures);
    });
  });
}

std::vector<const sim::Simulated*> on_trial(const Tried& tried) {
  std::vector<const sim::Simulated*> runs;
  for (const sim::Simulated& run : tried.comparison.results) {
    if (std::ranges::find(tried.trial.on_trial, run.strategy) != tried.trial.on_trial.end()) {
      runs.push_back(&run);
    }
  }
  return runs;
}

}  // namespace steelyard::cli
