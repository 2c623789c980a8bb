#pragma once

#include <cstdint>
#include <vector>

namespace steelyard::cli {

/// `steelyard bench memory`.
struct MemoryBench {
  std::vector<std::uint32_t> jobs{10'000, 1'000'000};
  std::uint32_t payload_bytes = 64;
  bool json = false;
};

/// What a queued job may cost, its payload aside.
inline constexpr double kMaxCoreBytesPerJob = 160;
inline constexpr double kMaxBrokerBytesPerJob = 260;

/// What a broker may have more than at its start, once all is done: so many times, and so much.
inline constexpr double kMaxDrainedRatio = 1.3;
inline constexpr double kMaxDrainedBytes = 16 << 20;

/// Measures what a queued job costs: in the core alone (allocated bytes), and in a broker process
/// that a client fills through its socket (resident memory, less the payloads); and what is left of
/// that when a worker has done the jobs.
/// Returns the exit status.
[[nodiscard]] int run_memory_bench(const MemoryBench& bench);

}  // namespace steelyard::cli
