#pragma once

#include <cstdint>
#include <string>

namespace steelyard::bench {

struct InprocBenchOptions {
  std::uint32_t rounds = 9;           ///< each measures the plain pool, then the balancer
  std::uint32_t workers = 2;          ///< threads of each
  std::uint32_t jobs = 200'000;       ///< per round and side: one thread submits, then waits
  std::uint32_t round_trips = 5'000;  ///< per round and side: submit one, wait for it
};

/// One figure over all rounds.
struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

struct InprocBenchResult {
  Spread pool_jobs_per_s;
  Spread balancer_jobs_per_s;
  Spread rate_ratio;  ///< balancer / pool of the same round; higher is better
  Spread pool_round_trip_us;
  Spread balancer_round_trip_us;
  Spread round_trip_ratio;  ///< balancer / pool of the same round; lower is better
};

/// Measures `Balancer::submit` and its futures beside a plain pool (one mutex, one condition
/// variable, a deque of std::packaged_task, a std::future per job), in turn, with trivial jobs.
/// Requires: every option above 0. Takes about a second per three rounds.
[[nodiscard]] InprocBenchResult run_inproc_bench(const InprocBenchOptions& options = {});

/// The result as a table for people.
[[nodiscard]] std::string to_text(const InprocBenchResult& result);

}  // namespace steelyard::bench
