#pragma once

#include <cstdint>

namespace steelyard::cli {

/// `steelyard bench snapshot`.
struct SnapshotBench {
  std::uint32_t workers = 5'000;
  std::uint32_t queues = 1'000;
  std::uint32_t queued = 100'000;
  std::uint32_t users = 1'000;
  std::uint32_t states = 1'000;
  std::uint32_t rounds = 20;
  bool json = false;
};

/// Measures what a snapshot takes of the broker's time: a scheduler with all its workers busy, of
/// which snapshots are made slice by slice. Returns the exit status.
[[nodiscard]] int run_snapshot_bench(const SnapshotBench& bench);

}  // namespace steelyard::cli
