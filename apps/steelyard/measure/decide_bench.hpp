#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::cli {

/// `steelyard bench decide`.
struct DecideBench {
  std::vector<std::uint32_t> queued{1'000, 100'000};
  std::vector<std::uint32_t> states{1'000};
  std::vector<std::uint32_t> workers{10'000};
  std::uint32_t pools = 16;
  std::uint32_t users = 100;
  std::vector<std::string> strategies{};  ///< empty: all
  double seconds = 0.5;                   ///< for each measurement
  bool json = false;
};

/// Measures what decisions cost: a scheduler in virtual time with so many queued jobs, whose every
/// finished job is replaced by a new one. Returns the exit status.
[[nodiscard]] int run_decide_bench(const DecideBench& bench);

}  // namespace steelyard::cli
