#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "steelyard/base/result.hpp"

namespace steelyard::cli {

/// A client that always has the same number of jobs on their way.
struct Load {
  std::uint32_t outstanding = 1;
  std::uint32_t payload_bytes = 64;
  std::uint32_t users = 0;  ///< the jobs are handed in for so many users in turn; 0: for none
  bool via_broker = false;  ///< results do not come straight from the workers
  bool journal = false;     ///< the jobs ask for the journal
  double seconds = 1;       ///< measured; a fifth of it goes before, unmeasured
};

/// How a load talks to what is measured.
struct LoadPort {
  std::function<void(std::uint32_t count)> send;
  /// Waits for answers; returns how many came. Errors end the measurement.
  std::function<Result<std::uint32_t>()> receive;
};

struct Measured {
  std::uint64_t jobs = 0;
  double seconds = 0;
};

/// Keeps `load.outstanding` jobs on their way, handing in as many as answers were taken, and counts
/// the answers.
[[nodiscard]] Result<Measured> keep_busy(const Load& load, const LoadPort& port);

/// The load on a broker at `endpoint`, through Client, CompletionQueue and submit_batch.
[[nodiscard]] Result<Measured> measure_broker(const Load& load, const std::string& endpoint);

/// The load on a bare `zmq_proxy` whose front is at `endpoint`: a message per job.
[[nodiscard]] Result<Measured> measure_proxy(const Load& load, const std::string& endpoint);

/// The queue that the measured jobs go to.
inline constexpr const char* kBenchQueue = "bench";

}  // namespace steelyard::cli
