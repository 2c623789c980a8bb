#include "models/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace models {
namespace {

/// Six switches against two should take 3 times as long; 2.8 leaves room for all that is not load.
constexpr double kShareOfIdealRatio = 2.8 / 3;

/// How many switches a strategy must need for jobs that want the models in turn.
std::optional<std::size_t> expected_switches(const PlayedRound& played, std::size_t models) {
  const std::size_t jobs = played.round.jobs;
  if (played.strategy == kOldest) return models > 1 ? jobs : std::min<std::size_t>(jobs, 1);
  if (played.strategy == kGroupsByState) return std::min(jobs, models);
  return std::nullopt;
}

void find_faults_of(const PlayedRound& played, std::vector<std::string>& faults) {
  const Round& round = played.round;
  if (round.right == round.jobs) return;
  faults.push_back(fmt::format("{}: {} of {} answers are right{}{}", played.strategy, round.right,
                               round.jobs, round.sample_error.empty() ? "" : "; ",
                               round.sample_error));
}

double switch_ratio(const std::vector<PlayedRound>& rounds) {
  return static_cast<double>(rounds.front().round.switches) /
         static_cast<double>(rounds.back().round.switches);
}

}  // namespace

double time_ratio(const std::vector<PlayedRound>& rounds) {
  if (rounds.size() < 2 || rounds.back().round.wall_s <= 0) return 0;
  return rounds.front().round.wall_s / rounds.back().round.wall_s;
}

std::vector<std::string> find_faults(const std::vector<PlayedRound>& rounds, std::size_t models,
                                     std::size_t workers) {
  std::vector<std::string> faults;
  for (const PlayedRound& played : rounds) {
    find_faults_of(played, faults);
    const auto expected = expected_switches(played, models);
    if (workers != 1 || !expected || played.round.switches == *expected) continue;
    faults.push_back(fmt::format("{}: {} switches, expected {}", played.strategy,
                                 played.round.switches, *expected));
  }
  return faults;
}

bool is_disturbed(const std::vector<PlayedRound>& rounds, std::size_t workers) {
  if (rounds.size() < 2 || workers != 1) return false;
  return std::abs(time_ratio(rounds) / switch_ratio(rounds) - 1) > 1 - kShareOfIdealRatio;
}

std::string find_slowness(const std::vector<PlayedRound>& rounds, std::size_t workers) {
  if (rounds.size() < 2 || workers != 1) return {};
  const double needed = kShareOfIdealRatio * switch_ratio(rounds);
  if (time_ratio(rounds) >= needed) return {};
  return fmt::format("the time ratio is {:.2f}, expected at least {:.2f}", time_ratio(rounds),
                     needed);
}

std::vector<PlayedRound> better_of(std::vector<PlayedRound> first,
                                   const std::vector<PlayedRound>& second) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (second.at(i).round.wall_s < first[i].round.wall_s) first[i] = second[i];
  }
  return first;
}

void print_table(const std::vector<PlayedRound>& rounds) {
  fmt::print("{:<17} {:>5} {:>6} {:>9} {:>10} {:>10}\n", "strategy", "jobs", "right", "switches",
             "loading", "wall time");
  for (const auto& [strategy, round] : rounds) {
    fmt::print("{:<17} {:>5} {:>6} {:>9} {:>8.2f} s {:>8.2f} s\n", strategy, round.jobs,
               round.right, round.switches, round.load_s, round.wall_s);
  }
  if (rounds.size() > 1) {
    fmt::print("{} took {:.2f} times as long as {}\n", rounds.front().strategy, time_ratio(rounds),
               rounds.back().strategy);
  }
}

void print_json(const std::vector<PlayedRound>& rounds, double load_s,
                const std::vector<std::string>& faults) {
  boost::json::array rows;
  for (const auto& [strategy, round] : rounds) {
    rows.push_back({{"strategy", strategy},
                    {"jobs", round.jobs},
                    {"received", round.received},
                    {"right", round.right},
                    {"switches", round.switches},
                    {"loading_s", round.load_s},
                    {"wall_s", round.wall_s}});
  }
  const boost::json::object object{{"load_s", load_s},
                                   {"rounds", std::move(rows)},
                                   {"ratio", time_ratio(rounds)},
                                   {"faults", boost::json::value_from(faults)}};
  fmt::print("{}\n", boost::json::serialize(object));
}

}  // namespace models
