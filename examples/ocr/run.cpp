#include "ocr/run.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "common/local_broker.hpp"
#include "common/worker_processes.hpp"
#include "ocr/reader.hpp"
#include "ocr/round.hpp"
#include "ocr/verdict.hpp"
#include "steelyard/runtime/task/temporary_folder.hpp"

namespace ocr {
namespace {

using example::WorkerProcesses;
using steelyard::ChildGuard;
using steelyard::Result;
using steelyard::TemporaryFolder;

constexpr std::chrono::seconds kWorkerGrace{3};

int fail(const steelyard::Error& error, const example::StopSignals& signals) {
  fmt::print(stderr, "ocr: {}\n", describe(error));
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
    fmt::print(stderr, "ocr: a worker ended: {}\n", end);
  }
  return started && workers.running() == 0 ? "no worker is left" : interrupted(signals);
}

/// A language without its pack is better said before the work than by every job.
Result<void> check_packs(const std::vector<std::string>& codes) {
  for (const std::string& code : codes) {
    const auto reader = find_language(code).and_then(&Reader::load);
    if (!reader) return tl::unexpected(reader.error());
  }
  return {};
}

Result<Round> play(const std::string& strategy, std::size_t worker_count,
                   const std::vector<Page>& pages, const std::shared_ptr<ChildGuard>& guard,
                   const example::StopSignals& signals) {
  const auto broker = example::LocalBroker::start(strategy);
  if (!broker) return tl::unexpected(broker.error());
  const std::string endpoint = (*broker)->endpoint();
  WorkerProcesses workers(guard);
  bool started = false;
  const auto start_workers = [&] {
    started = true;
    return workers.start(worker_count, {"worker", "--broker", endpoint});
  };
  auto played = play_round(endpoint, pages, start_workers,
                           [&] { return reason_to_give_up(workers, started, signals); });
  workers.stop(kWorkerGrace);
  return played;
}

Result<std::vector<PlayedRound>> play_all(const RunOptions& options, const std::vector<Page>& pages,
                                          const std::shared_ptr<ChildGuard>& guard,
                                          const example::StopSignals& signals) {
  std::vector<PlayedRound> rounds;
  for (const std::string& strategy : options.strategies) {
    auto round = play(strategy, options.workers, pages, guard, signals);
    if (!round) return tl::unexpected(round.error());
    rounds.push_back({strategy, std::move(*round)});
  }
  return rounds;
}

Result<std::vector<PlayedRound>> print_and_play(const RunOptions& options,
                                                const example::StopSignals& signals) {
  const auto guard = ChildGuard::start();  // first, while this process is small
  if (!guard) return tl::unexpected(guard.error());
  const std::stop_callback stop_now(signals.second(), [&] { (*guard)->kill_all(); });
  const auto folder = TemporaryFolder::make("steelyard-ocr");
  if (!folder) return tl::unexpected(folder.error());
  const auto pages = print_pages(options.pages, (*folder)->path());
  if (!pages) return tl::unexpected(pages.error());
  if (const auto packs = check_packs(options.pages.languages); !packs) {
    return tl::unexpected(packs.error());
  }
  return play_all(options, *pages, *guard, signals);
}

Result<Round> print_and_hand_in(const ClientOptions& options, const example::StopSignals& signals) {
  const auto folder = TemporaryFolder::make("steelyard-ocr");
  if (!folder) return tl::unexpected(folder.error());
  const auto pages = print_pages(options.pages, (*folder)->path());
  if (!pages) return tl::unexpected(pages.error());
  const auto say_queued = [&]() -> Result<void> {
    if (!options.json) fmt::print("{} pages are queued; waiting for a worker\n", pages->size());
    std::fflush(stdout);
    return {};
  };
  return play_round(options.broker, *pages, say_queued, [&] { return interrupted(signals); });
}

int report(const std::vector<PlayedRound>& rounds, const Expectations& expected, bool json) {
  const std::vector<std::string> faults = find_faults(rounds, expected);
  json ? print_json(rounds, faults) : print_table(rounds);
  for (const std::string& fault : faults) fmt::print(stderr, "ocr: {}\n", fault);
  return faults.empty() ? example::kDone : example::kFailed;
}

}  // namespace

int run_everything(const RunOptions& options, const example::StopSignals& signals) {
  const auto rounds = print_and_play(options, signals);
  if (!rounds) return fail(rounds.error(), signals);
  return report(*rounds, {options.pages.languages.size(), options.max_error_rate}, options.json);
}

int run_client(const ClientOptions& options, const example::StopSignals& signals) {
  const auto round = print_and_hand_in(options, signals);
  if (!round) return fail(round.error(), signals);
  return report({{"as the broker's", *round}},
                {options.pages.languages.size(), options.max_error_rate}, options.json);
}

int run_print(const PageOptions& options, const std::filesystem::path& folder) {
  const auto pages = print_pages(options, folder);
  if (pages) {
    fmt::print("{} pages are in {}\n", pages->size(), folder.string());
    return example::kDone;
  }
  fmt::print(stderr, "ocr: {}\n", describe(pages.error()));
  return example::kWrongUsage;
}

}  // namespace ocr
