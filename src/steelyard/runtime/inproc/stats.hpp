#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/core/ledger.hpp"
#include "steelyard/runtime/inproc/number_set.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard {

/// What a balancer has counted, at one instant.
///
/// A result reaches its requester before the balancer's books know of it: after `drain` the books
/// and the requesters agree.
struct BalancerStats {
  struct Worker {
    WorkerId id;
    std::uint32_t slots = 1;
    double weight = 1.0;
    std::uint32_t assigned = 0;       ///< jobs it has now
    bool draining = false;            ///< it is being removed
    std::vector<std::string> states;  ///< what it holds or is loading
    std::uint64_t finished = 0;       ///< reported to the balancer
    std::uint64_t failed = 0;         ///< reported to the balancer
    std::uint64_t switches = 0;       ///< jobs for which it had to load another state
    std::uint64_t evictions = 0;      ///< states it gave up to make room
    std::uint64_t attempts_run = 0;   ///< counted by its own threads, independently of the balancer
  };

  core::JobLedger jobs;
  std::uint64_t refused = 0;  ///< requests that were not accepted: limits, names, stopped
  core::AttemptLedger attempts;
  core::TimeSpent time;
  std::uint64_t switches = 0;
  std::uint64_t evictions = 0;     ///< states that were given up to make room
  std::uint64_t failed_loads = 0;  ///< states that could not be loaded
  /// Decisions by the strategy's reason.
  std::array<std::uint64_t, strategy::kReasonCount> decisions{};
  std::vector<Worker> workers;  ///< those that are there now, by id
  /// Attempts that workers' threads counted, of workers that have left too.
  std::uint64_t attempts_run = 0;
};

/// The balancer's own record of its jobs by number, kept with BalancerOptions::record_numbers.
struct BalancerBooks {
  NumberSet dispatched;  ///< given to a worker
  NumberSet completed;   ///< reported done by a worker, well or not
};

}  // namespace steelyard
