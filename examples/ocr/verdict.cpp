#include "ocr/verdict.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace ocr {
namespace {

constexpr std::string_view kOldest = "oldest";
constexpr std::array<std::string_view, 2> kKeepStates{"amortised", "groups-by-state"};

/// The name without its parameters.
std::string_view name_of(std::string_view strategy) {
  return strategy.substr(0, strategy.find(':'));
}

/// Whether the strategy looks at the state that a worker holds.
bool keeps_states(std::string_view strategy) {
  return std::find(kKeepStates.begin(), kKeepStates.end(), name_of(strategy)) != kKeepStates.end();
}

void find_faults_of(const PlayedRound& played, const Expectations& expected,
                    std::vector<std::string>& faults) {
  const auto& [strategy, round] = played;
  if (round.read != round.jobs) {
    faults.push_back(fmt::format("{}: {} of {} pages were read{}{}", strategy, round.read,
                                 round.jobs, round.sample_error.empty() ? "" : "; ",
                                 round.sample_error));
  }
  if (error_rate(round.errors) > expected.max_error_rate) {
    faults.push_back(fmt::format("{}: {:.2f} % of the characters are wrong, the limit is {:.2f} %",
                                 strategy, 100 * error_rate(round.errors),
                                 100 * expected.max_error_rate));
  }
  // More on the broker's side are no fault: a job given to a worker that was lost is given twice.
  if (round.switches > round.expected_switches) {
    faults.push_back(fmt::format("{}: the workers switched {} times, the broker knows of {}",
                                 strategy, round.switches, round.expected_switches));
  }
}

/// Several workers may be lucky in order of arrival: with nothing to spare there is no "less".
bool switches_too_often(const Round& round, const Round& oldest, std::size_t languages) {
  const std::size_t at_least = std::min(languages, oldest.jobs);
  return round.switches > oldest.switches ||
         (round.switches == oldest.switches && oldest.switches > at_least);
}

}  // namespace

std::vector<std::string> find_faults(const std::vector<PlayedRound>& rounds,
                                     const Expectations& expected) {
  std::vector<std::string> faults;
  for (const PlayedRound& played : rounds) find_faults_of(played, expected, faults);
  const auto oldest = std::find_if(rounds.begin(), rounds.end(), [](const PlayedRound& played) {
    return name_of(played.strategy) == kOldest;
  });
  if (oldest == rounds.end()) return faults;
  for (const auto& [strategy, round] : rounds) {
    if (!keeps_states(strategy)) continue;
    if (!switches_too_often(round, oldest->round, expected.languages)) continue;
    faults.push_back(fmt::format("{}: {} switches, not fewer than the {} of {}", strategy,
                                 round.switches, oldest->round.switches, kOldest));
  }
  return faults;
}

void print_table(const std::vector<PlayedRound>& rounds) {
  fmt::print("{:<17} {:>6} {:>9} {:>10} {:>10} {:>11}\n", "strategy", "pages", "switches",
             "loading", "wall time", "error rate");
  for (const auto& [strategy, round] : rounds) {
    fmt::print("{:<17} {:>6} {:>9} {:>8.2f} s {:>8.2f} s {:>9.2f} %\n", strategy, round.read,
               round.switches, round.load_s, round.wall_s, 100 * error_rate(round.errors));
  }
}

void print_json(const std::vector<PlayedRound>& rounds, const std::vector<std::string>& faults) {
  boost::json::array rows;
  for (const auto& [strategy, round] : rounds) {
    rows.push_back({{"strategy", strategy},
                    {"jobs", round.jobs},
                    {"received", round.received},
                    {"read", round.read},
                    {"switches", round.switches},
                    {"expected_switches", round.expected_switches},
                    {"loading_s", round.load_s},
                    {"wall_s", round.wall_s},
                    {"error_rate", error_rate(round.errors)}});
  }
  const boost::json::object object{{"rounds", std::move(rows)},
                                   {"faults", boost::json::value_from(faults)}};
  fmt::print("{}\n", boost::json::serialize(object));
}

}  // namespace ocr
