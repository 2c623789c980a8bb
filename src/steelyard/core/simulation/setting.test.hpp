#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>

#include "steelyard/base/random.hpp"
#include "steelyard/core/options.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::core {

/// Where a world's decisions come from: a seeded generator, or the bytes of a fuzzer.
class Dice {
 public:
  virtual ~Dice() = default;
  /// In [0, limit). Requires: limit > 0.
  virtual std::uint64_t below(std::uint64_t limit) = 0;

  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::uint32_t number(std::uint32_t limit) { return static_cast<std::uint32_t>(below(limit)); }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
};

class SeededDice final : public Dice {
 public:
  explicit SeededDice(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t limit) override { return random_.below(limit); }

 private:
  base::Random random_;
};

/// What may happen in a world. Each is on or off for a whole world, because a mistake that needs
/// much of one thing is hidden when everything happens at once (Groce et al., "Swarm Testing",
/// ISSTA 2012).
enum class Feature : std::uint8_t {
  Delays,
  Deadlines,
  TimeLimits,
  Keys,
  Keeps,
  Log,
  LogFailures,
  Crashes,
  Cancels,
  MassCancels,
  Aborts,
  Closes,
  Decisions,  // about jobs in quarantine
  ProcessDeaths,
  WorkersLeave,
  Drains,
  Failures,
  HandBacks,
  Forwards,
  DirectResults,
  LateReports,  // also repeated and forged ones
  LostLeases,   // assignments and requests to stop that do not arrive
  LostAnswers,
  RepeatedSubmissions,
  FalseReceipts,
  Stalls,
  LongPauses,
  Stops,  // of the broker, in good order
};

inline constexpr std::array<const char*, 28> kFeatureNames{
    "delays",       "deadlines",    "time_limits",  "keys",           "keeps",
    "log",          "log_failures", "crashes",      "cancels",        "mass_cancels",
    "aborts",       "closes",       "decisions",    "process_deaths", "workers_leave",
    "drains",       "failures",     "hand_backs",   "forwards",       "direct_results",
    "late_reports", "lost_leases",  "lost_answers", "repetitions",    "false_receipts",
    "stalls",       "long_pauses",  "stops"};

/// What a world is like; drawn from the dice.
struct Setting {
  Options options;
  std::string strategy;
  std::uint64_t strategy_seed = 0;
  std::uint32_t sessions = 1;
  std::uint32_t workers = 1;
  std::uint32_t queues = 1;
  std::uint32_t states = 0;
  std::uint32_t users = 0;
  std::uint32_t tags = 0;
  std::uint32_t max_states = 1;
  std::bitset<kFeatureNames.size()> features;

  [[nodiscard]] static Setting draw(Dice& dice);
  [[nodiscard]] bool has(Feature feature) const {
    return features[static_cast<std::size_t>(feature)];
  }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::unique_ptr<strategy::Strategy> make_strategy() const;
};

}  // namespace steelyard::core
