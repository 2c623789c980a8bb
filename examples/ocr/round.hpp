#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/crowd.hpp"
#include "ocr/error_rate.hpp"
#include "ocr/pages.hpp"
#include "steelyard/base/result.hpp"

namespace ocr {

/// What came of handing in all pages.
struct Round {
  std::size_t jobs = 0;
  std::size_t received = 0;           ///< answers and errors
  std::size_t read = 0;               ///< answers
  std::size_t switches = 0;           ///< times that a worker loaded a language, as they say
  std::size_t expected_switches = 0;  ///< the same, as the broker counted ahead
  double load_s = 0;                  ///< spent in that, all workers together
  double wall_s = 0;                  ///< from the first worker's joining to the last answer
  ReadingErrors errors{};             ///< of all pages together
  std::string sample_error{};         ///< of one job that failed; empty: none did
};

/// Hands in all pages while no worker is there, so that the broker has the choice among all of
/// them, calls `let_workers_join`, and waits for the answers.
/// Errors: no broker, a worker that does not come; whatever `let_workers_join` returns; Stopped.
[[nodiscard]] steelyard::Result<Round> play_round(
    const std::string& broker, const std::vector<Page>& pages,
    const std::function<steelyard::Result<void>()>& let_workers_join,
    const example::GiveUpReason& give_up);

}  // namespace ocr
