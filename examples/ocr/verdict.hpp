#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ocr/round.hpp"

namespace ocr {

/// A round and the broker's strategy in it.
struct PlayedRound {
  std::string strategy;
  Round round;
};

struct Expectations {
  std::size_t languages = 1;
  double max_error_rate = 1;
};

/// What is wrong, a sentence each; empty: nothing. Every page must be read, well enough on the
/// whole; no worker may load what the broker does not know of; and a strategy that looks at states
/// must switch less often than `oldest`, when that was played and switched more than it had to.
[[nodiscard]] std::vector<std::string> find_faults(const std::vector<PlayedRound>& rounds,
                                                   const Expectations& expected);

/// For people.
void print_table(const std::vector<PlayedRound>& rounds);
/// For programs: one object on one line.
void print_json(const std::vector<PlayedRound>& rounds, const std::vector<std::string>& faults);

}  // namespace ocr
