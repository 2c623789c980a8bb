#pragma once

#include <string>

#include "common/stop_signals.hpp"
#include "steelyard/runtime/zmq/context.hpp"

namespace ocr {

/// The queue that pages go through. A job's state is the language, its payload a PNG file's
/// content.
inline constexpr const char* kQueue = "ocr";

struct WorkerOptions {
  std::string broker = steelyard::kDefaultEndpoint;
};

/// Reads pages, one at a time, with one language in memory, until the first signal.
/// Returns the program's exit status.
[[nodiscard]] int run_worker(const WorkerOptions& options, const example::StopSignals& signals);

}  // namespace ocr
