#include "models/run.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "common/local_broker.hpp"
#include "common/worker_processes.hpp"
#include "models/round.hpp"
#include "models/verdict.hpp"

namespace models {
namespace {

using example::WorkerProcesses;
using steelyard::ChildGuard;
using steelyard::Result;

constexpr std::chrono::seconds kWorkerGrace{3};

int fail(const steelyard::Error& error, const example::StopSignals& signals) {
  fmt::print(stderr, "models: {}\n", describe(error));
  if (signals.first().stop_requested()) return example::kInterrupted;
  return error.code == steelyard::ErrorCode::NotConnected ? example::kNoBroker
                                                          : example::kWrongUsage;
}

std::string interrupted(const example::StopSignals& signals) {
  return signals.first().stop_requested() ? "interrupted" : "";
}

/// Why there is no use in waiting any longer; empty while there is.
std::string reason_to_give_up(WorkerProcesses& workers, bool started,
                              const example::StopSignals& signals) {
  for (const std::string& end : workers.collect_ended()) {
    fmt::print(stderr, "models: a worker ended: {}\n", end);
  }
  return started && workers.running() == 0 ? "no worker is left" : interrupted(signals);
}

Result<Round> play(const RunOptions& options, const std::string& strategy,
                   const std::shared_ptr<ChildGuard>& guard, const example::StopSignals& signals) {
  const auto broker = example::LocalBroker::start(strategy);
  if (!broker) return tl::unexpected(broker.error());
  const RoundOptions round{(*broker)->endpoint(), options.folder, options.jobs, options.models};
  WorkerProcesses workers(guard);
  bool started = false;
  const auto start_workers = [&] {
    started = true;
    return workers.start(options.workers,
                         {"worker", "--broker", round.broker, "--folder", options.folder.string()});
  };
  auto played = play_round(round, start_workers,
                           [&] { return reason_to_give_up(workers, started, signals); });
  workers.stop(kWorkerGrace);
  return played;
}

Result<std::vector<PlayedRound>> play_all(const RunOptions& options,
                                          const std::shared_ptr<ChildGuard>& guard,
                                          const example::StopSignals& signals) {
  std::vector<PlayedRound> rounds;
  for (const std::string& strategy : options.strategies) {
    auto round = play(options, strategy, guard, signals);
    if (!round) return tl::unexpected(round.error());
    rounds.push_back({strategy, std::move(*round)});
  }
  return rounds;
}

std::vector<std::string> find_faults(const RunOptions& options,
                                     const std::vector<PlayedRound>& rounds) {
  return models::find_faults(rounds, options.models, options.workers);
}

/// Plays until the times are fair, or there is a fault, or there have been enough tries.
Result<std::vector<PlayedRound>> play_tries(const RunOptions& options,
                                            const example::StopSignals& signals) {
  const auto guard = ChildGuard::start();  // first, while this process is small
  if (!guard) return tl::unexpected(guard.error());
  const std::stop_callback stop_now(signals.second(), [&] { (*guard)->kill_all(); });
  auto best = play_all(options, *guard, signals);
  for (std::size_t i = 1; i < options.tries; ++i) {
    if (!best || !find_faults(options, *best).empty()) break;
    if (!is_disturbed(*best, options.workers)) break;
    auto again = play_all(options, *guard, signals);
    if (!again || !find_faults(options, *again).empty()) return again;
    best = better_of(std::move(*best), *again);
  }
  return best;
}

void print_files(const ModelFiles& files, std::size_t models) {
  fmt::print("{} models, {} MB of text each, in {}; loading one takes {:.2f} s of computing here\n",
             models, files.megabytes, files.folder.string(), files.load_s);
}

int report(const std::vector<PlayedRound>& rounds, double load_s, bool json,
           const std::vector<std::string>& faults) {
  json ? print_json(rounds, load_s, faults) : print_table(rounds);
  for (const std::string& fault : faults) fmt::print(stderr, "models: {}\n", fault);
  return faults.empty() ? example::kDone : example::kFailed;
}

}  // namespace

int run_everything(const RunOptions& options, const example::StopSignals& signals) {
  const auto files = prepare_models(options.folder, options.models, options.min_load_s);
  if (!files) return fail(files.error(), signals);
  if (!options.json) print_files(*files, options.models);
  const auto rounds = play_tries(options, signals);
  if (!rounds) return fail(rounds.error(), signals);
  auto faults = find_faults(options, *rounds);
  if (faults.empty()) {
    std::string slowness = find_slowness(*rounds, options.workers);
    if (!slowness.empty()) faults.push_back(std::move(slowness));
  }
  return report(*rounds, files->load_s, options.json, faults);
}

int run_client(const ClientOptions& options, const example::StopSignals& signals) {
  const auto say_queued = [&]() -> Result<void> {
    if (!options.json) fmt::print("{} jobs are queued; waiting for a worker\n", options.jobs);
    std::fflush(stdout);
    return {};
  };
  const auto round = play_round({options.broker, options.folder, options.jobs, options.models},
                                say_queued, [&] { return interrupted(signals); });
  if (!round) return fail(round.error(), signals);
  const std::vector<PlayedRound> rounds{{"as the broker's", *round}};
  return report(rounds, 0, options.json, models::find_faults(rounds, options.models, 1));
}

int run_prepare(const RunOptions& options) {
  const auto files = prepare_models(options.folder, options.models, options.min_load_s);
  if (!files) {
    fmt::print(stderr, "models: {}\n", describe(files.error()));
    return example::kWrongUsage;
  }
  print_files(*files, options.models);
  return example::kDone;
}

}  // namespace models
