#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::cli {

/// `steelyard bench http`.
struct HttpBench {
  std::vector<std::uint32_t> connections{1, 8, 64, 256};
  std::uint32_t rounds = 5;
  double seconds_per_round = 1;
  std::string curve;  ///< where the latency at several rates is drawn; empty: not measured
  std::uint32_t curve_rates = 10;
  bool json = false;
};

/// Measures HTTP → queue → worker → answer, with the worker as a thread and as a process, beside
/// nginx `return 200` where that is installed, in turns: requests per second and latency of a load
/// of this program's own. Returns the exit status.
[[nodiscard]] int run_http_bench(const HttpBench& bench);

}  // namespace steelyard::cli
