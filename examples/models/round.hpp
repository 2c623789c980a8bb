#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "common/crowd.hpp"
#include "steelyard/base/result.hpp"

namespace models {

struct RoundOptions {
  std::string broker;
  std::filesystem::path folder;  ///< of the models' files, for checking the answers
  std::size_t jobs = 6;          ///< they want m1, m2, …, in turn
  std::size_t models = 2;
};

/// What came of a round of jobs.
struct Round {
  std::size_t jobs = 0;
  std::size_t received = 0;    ///< answers and errors
  std::size_t right = 0;       ///< answers that a plain scan of the model's text confirms
  std::size_t switches = 0;    ///< times that a worker loaded a model
  double load_s = 0;           ///< spent in that, all workers together
  double wall_s = 0;           ///< from the first worker's joining to the last answer
  std::string sample_error{};  ///< of one job that failed; empty: none did
};

/// Hands in all jobs while no worker is there, so that the broker has the choice among all of them,
/// calls `let_workers_join`, and waits for the answers.
/// Errors: no broker, a worker that does not come; whatever `let_workers_join` returns; Stopped.
[[nodiscard]] steelyard::Result<Round> play_round(
    const RoundOptions& options, const std::function<steelyard::Result<void>()>& let_workers_join,
    const example::GiveUpReason& give_up);

}  // namespace models
