#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// Thousands of worlds in which everything goes wrong, each from one seed.
///
///     STEELYARD_SIM_SEEDS=100000 core_simulation_test
///     STEELYARD_SIM_FIRST_SEED=17 STEELYARD_SIM_SEEDS=1 core_simulation_test
namespace steelyard::core {
namespace {

constexpr std::uint64_t kDefaultSeeds = 12'000;
/// So many worlds that everything rare must have happened in one of them.
constexpr std::uint64_t kManySeeds = 2'000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::string reproduction(std::uint64_t seed) {
  return "STEELYARD_SIM_FIRST_SEED=" + std::to_string(seed) +
         " STEELYARD_SIM_SEEDS=1 core_simulation_test";
}

/// The line that reproduces the running world, for assertions that end the program.
std::string running;  // NOLINT(bugprone-dynamic-static-initializers)

void say_what_was_running(int) {
  static_cast<void>(write(STDERR_FILENO, running.data(), running.size()));
}

struct Ran {
  std::uint64_t trace = 0;
  std::map<std::string, std::uint64_t> reached;
};

Ran run(std::uint64_t seed) {
  SeededDice dice(seed);
  const FaultyWorld::Setting setting = FaultyWorld::draw(dice);
  running = "seed " + std::to_string(seed) + ": " + setting.text() +
            "\nreproduce with: " + reproduction(seed) + "\n";
  FaultyWorld world(setting, dice);
  try {
    for (std::uint64_t left = 100 + dice.below(300); left > 0; --left) world.stir();
    world.calm();
  } catch (const Violation& violation) {
    ADD_FAILURE() << violation.what() << "\n" << running << world.recent();
  }
  Ran ran{world.trace(), world.model().reached()};
  return ran;
}

/// Everything that must have happened in some world, or the worlds prove less than they seem to.
constexpr const char* kRareThings[] = {
    "another attempt",
    "another attempt stopped by a receipt",
    "answer given again to a repeated submission",
    "answer given again to a resumed session",
    "answer stored",
    "asked: 0",
    "asked: 1",
    "asked: 2",
    "asked: 3",
    "asked: 4",
    "asked: 5",
    "asked: 6",
    "asked: 7",
    "attempts exhausted by failure",
    "attempts exhausted by loss",
    "attempts exhausted by lost results",
    "cancel 0",
    "cancel 2",
    "cancel 4",
    "cancel 6",
    "dismissed worker",
    "failed attempt retried",
    "forged report",
    "given beyond its slots",
    "handed back",
    "kept result reported again",
    "lane used again",
    "lease expired",
    "lost before it began",
    "nobody serves",
    "queued job of a closed session",
    "queued job stopped",
    "receipt for nothing",
    "receipt too early",
    "refused worker",
    "refused: queue_full",
    "refused: session_ended",
    "refused: session_full",
    "refused: stopped",
    "refused: too_many_lanes",
    "refused: user_over_limit",
    "result fetched",
    "result fetched in vain",
    "result given up unasked",
    "result lost",
    "result missing",
    "result received before the notice",
    "result received while the job was queued again",
    "returned job after the stop",
    "returned job of a closed session",
    "session ended",
    "session gone",
    "several workers lost at once",
    "stale report",
    "stored answer expired",
    "submission repeated in part",
    "worker lost",
    "worker returned without a lease",
};

TEST(Simulation, keeps_every_promise_in_every_world) {
  std::signal(SIGABRT, say_what_was_running);
  const std::uint64_t first = from_environment("STEELYARD_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("STEELYARD_SIM_SEEDS", kDefaultSeeds);
  std::map<std::string, std::uint64_t> reached;
  for (std::uint64_t seed = first; seed < first + seeds && !HasFailure(); ++seed) {
    const Ran ran = run(seed);
    for (const auto& [what, times] : ran.reached) reached[what] += times;
    if (seed % 16 == 0) {
      EXPECT_EQ(run(seed).trace, ran.trace) << "the same seed did something else\n" << running;
    }
  }
  if (HasFailure() || seeds < kManySeeds) return;
  for (const char* what : kRareThings) {
    EXPECT_GT(reached[what], 0u) << "in none of the worlds: " << what;
  }
}

}  // namespace
}  // namespace steelyard::core
