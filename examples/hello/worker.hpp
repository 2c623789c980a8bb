#pragma once

#include <stop_token>
#include <string>

#include "steelyard/runtime/zmq/context.hpp"

namespace hello {

struct WorkerOptions {
  std::string broker = steelyard::kDefaultEndpoint;
  double wait_s = 0.2;  ///< that a greeting takes, so that there is a life of a job to look at
};

/// Serves the task at a broker until `finish`, then does what it has in hand; at `end` it gives
/// that back as well. Returns the program's exit status.
[[nodiscard]] int run_worker(const WorkerOptions& options, const std::stop_token& finish,
                             const std::stop_token& end);

}  // namespace hello
