#include "simulate/run.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "simulate/plots.hpp"
#include "simulate/recording.hpp"
#include "simulate/report.hpp"
#include "simulate/tables.hpp"
#include "simulate/trial.hpp"
#include "steelyard/runtime/plugin/plugin.hpp"
#include "submit/progress.hpp"

namespace steelyard::cli {
namespace {

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

/// A bar on the terminal for the runs of a trial, which follow one another.
class TrialProgress {
 public:
  explicit TrialProgress(const Trial& trial) : bar_(errors_are_terminal()) {
    if (const auto scenario = trial.make()) jobs_per_run_ = scenario->jobs;
    total_ = jobs_per_run_ * trial.strategies.size();
  }
  ~TrialProgress() { bar_.clear(); }
  TrialProgress(const TrialProgress&) = delete;
  TrialProgress& operator=(const TrialProgress&) = delete;

  void arrived(std::uint64_t jobs) {
    if (jobs < latest_) former_runs_ += jobs_per_run_;
    latest_ = jobs;
    const std::uint64_t done = former_runs_ + jobs;
    bar_.draw({.done = done,
               .failed = 0,
               .part = static_cast<double>(done) / static_cast<double>(total_),
               .seconds = static_cast<double>(clock_ns() - began_ns_) * 1e-9});
  }

 private:
  ProgressBar bar_;
  const std::uint64_t began_ns_ = clock_ns();
  std::uint64_t jobs_per_run_ = 1;
  std::uint64_t total_ = 1;
  std::uint64_t former_runs_ = 0;
  std::uint64_t latest_ = 0;
};

Result<Tried> run(const Trial& trial, const strategy::Registry& registry, bool with_timelines) {
  TrialProgress progress(trial);
  sim::RunOptions options;
  options.clock_ns = clock_ns;
  if (with_timelines) options.timelines_until = end_of_timelines(trial.make);
  options.progress = [&progress](std::uint64_t jobs) { progress.arrived(jobs); };
  auto comparison = sim::compare(trial.make, trial.strategies, registry, options);
  if (!comparison) return tl::unexpected(comparison.error());
  return Tried{trial, std::move(*comparison)};
}

/// Prints and draws what was asked for.
int show(const Tried& tried, const Simulate& options) {
  std::string text = comparison_text(tried, options.groups);
  if (!options.plot_folder.empty()) {
    const auto paths = draw_plots(tried, options.plot_folder);
    if (!paths) return give_up("sim", paths.error());
    text += fmt::format("drawn: {}\n", fmt::join(*paths, ", "));
  }
  return options.json ? kDone : print(text + "\n");
}

}  // namespace

int run_trials(const std::vector<Trial>& trials, const Simulate& options,
               const strategy::Registry& registry, const boost::json::object& more) {
  std::vector<Tried> all;
  for (const Trial& trial : trials) {
    auto tried = run(trial, registry, !options.plot_folder.empty());
    if (!tried) return give_up("sim", tried.error());
    if (const int status = show(*tried, options); status != kDone) return status;
    all.push_back(std::move(*tried));
  }
  if (const int status = print(options.json ? trials_json(all, more) : legend(all));
      status != kDone) {
    return status;
  }
  const auto met = [](const Tried& tried) { return is_met(tried); };
  return std::ranges::all_of(all, met) ? kDone : kFailed;
}

int run_simulate(const Simulate& options) {
  const bool is_recording = options.words.front() == kRecording;
  const bool is_list = std::ranges::find(options.words, kList) != options.words.end();
  if (is_list && !is_recording) return print(list_text());
  const auto registry = load_strategies(options.plugins);
  if (!registry) return give_up("sim", registry.error());
  if (is_recording) return run_recording(options, *registry);
  const auto trials = read_trials(options, *registry);
  if (!trials) return give_up("sim", trials.error());
  return run_trials(*trials, options, *registry);
}

}  // namespace steelyard::cli
