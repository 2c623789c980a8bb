#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// Thousands of worlds in which everything goes wrong, each from one seed; `./dev sim` runs more.
///
///     STEELYARD_SIM_SEED=17 core_simulation_test      that one
///     STEELYARD_SIM_SEEDS=100000 core_simulation_test  so many, from STEELYARD_SIM_FIRST_SEED on
///     STEELYARD_SIM_PROGRESS=1 core_simulation_test    says how far it is, and what was reached
namespace steelyard::core {
namespace {

constexpr std::uint64_t kDefaultSeeds = 5'000;
/// So many worlds that everything rare must have happened in one of them.
constexpr std::uint64_t kManySeeds = 3'000;
constexpr std::uint64_t kSeedsPerLine = 5'000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

bool says_progress() {
  return std::getenv("STEELYARD_SIM_PROGRESS") != nullptr;
}

/// The line that reproduces the running world, for assertions that end the program.
std::string running;  // NOLINT(bugprone-dynamic-static-initializers)

void say_what_was_running(int) {
  static_cast<void>(write(STDERR_FILENO, running.data(), running.size()));
}

struct Ran {
  std::uint64_t trace = 0;
  std::uint64_t acknowledged = 0;  // jobs, as being in the log
  std::map<std::string, std::uint64_t> reached;
};

Ran run(std::uint64_t seed) {
  SeededDice dice(seed);
  const Setting setting = Setting::draw(dice);
  running = "seed " + std::to_string(seed) + ": " + setting.text() +
            "\nreproduce with: ./dev sim --seed " + std::to_string(seed) + "\n";
  FaultyWorld world(setting, dice);
  try {
    for (std::uint64_t left = 100 + dice.below(300); left > 0; --left) world.stir();
    world.calm();
  } catch (const std::exception& broken) {
    ADD_FAILURE() << broken.what() << "\n" << running << world.recent();
  }
  return {world.trace(), world.acknowledged(), world.reached()};
}

/// Everything that must have happened in some world, or the worlds prove less than they seem to.
constexpr const char* kRareThings[] = {
    "acknowledgement held back",
    "another attempt is due",
    "another attempt of a later stage",
    "another attempt stopped by a receipt",
    "answer given again to a repeated submission",
    "answer from the log given again",
    "answer given again to a resumed session",
    "answer lost on its way",
    "answered while its session is away",
    "answer stored",
    "asked for an answer that is not on disk",
    "asked: cancelled",
    "asked: delayed",
    "asked: expired",
    "asked: failed",
    "asked: finished",
    "asked: gone",
    "asked: quarantined",
    "asked: queued",
    "asked: returning",
    "asked: running",
    "asked: unknown",
    "attempt stopped",
    "attempt stopped unasked",
    "attempts exhausted by failure",
    "attempts exhausted by loss",
    "attempts exhausted by lost results",
    "cancel of a running job",
    "cancel was delayed, is cancelled",
    "cancel was gone, is gone",
    "cancel was quarantined, is cancelled",
    "cancel was queued, is cancelled",
    "cancel was returning, is finished",
    "cancel was unknown, is unknown",
    "cancelled job ended: cancelled",
    "cancelled job ended: finished",
    "cancelled job ended: running",
    "cancels matching",
    "cancels matching, only counted",
    "client came back after a crash",
    "crash while jobs run",
    "crash with an unwritten tail",
    "delayed job is due",
    "dismissed worker",
    "dropped from a full quarantine",
    "dropped from quarantine",
    "every attempt over its time limit",
    "evicted",
    "expired by its timer",
    "expired when it was to be assigned",
    "failed attempt retried",
    "failed when it was to stop",
    "finished although it was to stop",
    "forged report",
    "forwarded",
    "forwarded after its result was received",
    "forwarded to its own queue",
    "forwarded too often",
    "forwarded when it was to stop",
    "given beyond its slots",
    "handed back",
    "handed back when it was to stop",
    "kept result reported again",
    "key is free again",
    "lane used again",
    "late report excused",
    "lease expired",
    "load failed",
    "lost before it began",
    "lost while it was to stop",
    "next life after a stop",
    "nobody serves",
    "over its time limit",
    "process died",
    "progress",
    "quarantined",
    "queued job of a closed session",
    "receipt for a job in quarantine",
    "receipt for nothing",
    "receipt too early",
    "refused worker",
    "refused: duplicate_key",
    "refused: expired",
    "refused: journal_behind",
    "refused: journal_broken",
    "refused: journal_full",
    "refused: key_conflict",
    "refused: not_journalled",
    "refused: queue_full",
    "refused: queue_over_limit",
    "refused: session_ended",
    "refused: session_full",
    "refused: stopped",
    "refused: too_many_lanes",
    "refused: user_over_limit",
    "released from quarantine",
    "restored in quarantine",
    "restored with its answer",
    "restored, and waits",
    "restored, and waits for its time",
    "result fetched",
    "result fetched in vain",
    "result fetched to be stored",
    "result given to nobody is asked for",
    "result given up unasked",
    "result lost",
    "result missing",
    "result received before the notice",
    "nobody served its queue for too long",
    "result received while the job was queued again",
    "returned job after the stop",
    "running job of a closed session is stopped",
    "running job of an aborted session",
    "session ended",
    "session gone",
    "several workers lost at once",
    "slot taken by work that was given up",
    "stale report",
    "stop ignored",
    "stop said again to a worker that returned",
    "stored answer expired",
    "submission of what the log had kept",
    "submission repeated in part",
    "taken back because the log fails",
    "the log takes something again",
    "too many cancels wait",
    "too old to run on",
    "too old to wait on",
    "waiting job stopped",
    "work that was given up has ended",
    "worker expelled",
    "worker lost",
    "worker returned without a lease",
};

void say_what_was_reached(const Ran& all) {
  for (const auto& [what, times] : all.reached) {
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(times), what.c_str());
  }
  std::printf("%10llu  acknowledged as being in the log\n",
              static_cast<unsigned long long>(all.acknowledged));
}

/// Runs the worlds from `first` on, up to the first that fails; every 16th twice.
Ran run_all(std::uint64_t first, std::uint64_t seeds) {
  Ran all;
  for (std::uint64_t seed = first; seed < first + seeds && !testing::Test::HasFailure(); ++seed) {
    const Ran ran = run(seed);
    all.acknowledged += ran.acknowledged;
    for (const auto& [what, times] : ran.reached) all.reached[what] += times;
    if (seed % 16 == 0) {
      EXPECT_EQ(run(seed).trace, ran.trace) << "the same seed did something else\n" << running;
    }
    const std::uint64_t done = seed - first + 1;
    if (says_progress() && done % kSeedsPerLine == 0) {
      std::printf("%llu of %llu worlds kept every promise\n", static_cast<unsigned long long>(done),
                  static_cast<unsigned long long>(seeds));
      std::fflush(stdout);
    }
  }
  return all;
}

TEST(Simulation, keeps_every_promise_in_every_world) {
  std::signal(SIGABRT, say_what_was_running);
  const std::uint64_t one = from_environment("STEELYARD_SIM_SEED", 0);
  const std::uint64_t first = one > 0 ? one : from_environment("STEELYARD_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = one > 0 ? 1 : from_environment("STEELYARD_SIM_SEEDS", kDefaultSeeds);
  Ran all = run_all(first, seeds);
  if (says_progress()) say_what_was_reached(all);
  if (HasFailure() || seeds < kManySeeds) return;
  EXPECT_GT(all.acknowledged, seeds) << "jobs are hardly ever in the log";
  for (const char* what : kRareThings) {
    EXPECT_GT(all.reached[what], 0u) << "in none of the worlds: " << what;
  }
}

}  // namespace
}  // namespace steelyard::core
