#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/round.hpp"

namespace models {

inline constexpr const char* kOldest = "oldest";
inline constexpr const char* kGroupsByState = "groups-by-state";

/// A round and the broker's strategy in it.
struct PlayedRound {
  std::string strategy;
  Round round;
};

/// How many times as long the first round took as the last; 0 when there is only one.
[[nodiscard]] double time_ratio(const std::vector<PlayedRound>& rounds);

/// What is wrong with the work itself, a sentence each; empty: nothing. Every job must be answered,
/// and rightly; with one worker, `oldest` must switch for every job and `groups-by-state` once for
/// each model.
[[nodiscard]] std::vector<std::string> find_faults(const std::vector<PlayedRound>& rounds,
                                                   std::size_t models, std::size_t workers);

/// Whether the ratio of the times is further from that of the switches than 7 %, with one worker:
/// then something else on the machine has got in between. Requires: the rounds have no faults.
[[nodiscard]] bool is_disturbed(const std::vector<PlayedRound>& rounds, std::size_t workers);

/// A sentence when the ratio of the times is much smaller than that of the switches, which must not
/// be with one worker; else empty. Requires: the rounds have no faults.
[[nodiscard]] std::string find_slowness(const std::vector<PlayedRound>& rounds,
                                        std::size_t workers);

/// Makes of two tries of the same rounds one with the shorter time for each: what else runs on the
/// machine can only make a round longer.
[[nodiscard]] std::vector<PlayedRound> better_of(std::vector<PlayedRound> first,
                                                 const std::vector<PlayedRound>& second);

/// For people.
void print_table(const std::vector<PlayedRound>& rounds);
/// For programs: one object on one line.
void print_json(const std::vector<PlayedRound>& rounds, double load_s,
                const std::vector<std::string>& faults);

}  // namespace models
