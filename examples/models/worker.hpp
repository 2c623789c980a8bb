#pragma once

#include <filesystem>
#include <string>

#include "common/stop_signals.hpp"
#include "steelyard/runtime/zmq/context.hpp"

namespace models {

/// The queue that questions go through. A job's state is the model's name, its payload a word.
inline constexpr const char* kQueue = "models";

struct WorkerOptions {
  std::string broker = steelyard::kDefaultEndpoint;
  std::filesystem::path folder;  ///< of the models' files
};

/// Answers questions, one at a time, with one model in memory, until the first signal.
/// Returns the program's exit status.
[[nodiscard]] int run_worker(const WorkerOptions& options, const example::StopSignals& signals);

}  // namespace models
