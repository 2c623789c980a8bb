#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/stop_signals.hpp"
#include "fleet/real/check.hpp"
#include "steelyard/runtime/zmq/context.hpp"

namespace fleet {

/// The queue that the commands go through.
inline constexpr const char* kQueue = "fleet";

struct WorkerOptions {
  std::string broker = steelyard::kDefaultEndpoint;
  std::uint32_t slots = 1;  ///< commands waited for at once
};

/// Answers commands from a map of responses, each after its wait, until the first signal; then
/// finishes what it has in hand. Malformed lines of the map are named on standard error.
/// Returns the program's exit status.
[[nodiscard]] int run_mapped_worker(const WorkerOptions& options, const std::filesystem::path& map,
                                    const example::StopSignals& signals);

/// As above, but really does what the commands say: see `check`.
[[nodiscard]] int run_real_worker(const WorkerOptions& options, const CheckOptions& checks,
                                  const example::StopSignals& signals);

}  // namespace fleet
