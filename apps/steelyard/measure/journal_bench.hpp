#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::cli {

/// `steelyard bench journal`.
struct JournalBench {
  std::vector<std::uint32_t> batches{1, 16, 256, 1024};
  std::uint32_t payload_bytes = 64;
  std::uint32_t rounds = 5;
  double seconds_per_round = 0.5;
  std::uint32_t recovered_jobs = 1'000'000;
  std::string folder = ".";
  bool json = false;
};

/// Measures how often the disk synchronises, how many records a journal on it takes, each batch
/// synchronised, and how long it takes to read a journal of many jobs. Returns the exit status.
[[nodiscard]] int run_journal_bench(const JournalBench& bench);

}  // namespace steelyard::cli
