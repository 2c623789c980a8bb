#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/base/time.hpp"
#include "steelyard/sim/histogram.hpp"
#include "steelyard/sim/timeline.hpp"

namespace steelyard::sim {

/// What jobs went through that have a state, or a tenant, in common.
struct GroupMeasures {
  std::string name;
  std::uint64_t jobs = 0;
  double wait_sum_ns = 0;
  Duration longest_wait{};

  [[nodiscard]] double mean_wait_s() const {
    return jobs == 0 ? 0 : wait_sum_ns / static_cast<double>(jobs) / 1e9;
  }
};

/// What came of a workload under one strategy.
///
/// A job waits from its arrival until it begins to run, the loading of its state included.
struct Measures {
  std::uint64_t finished = 0;
  std::uint64_t unfinished = 0;  ///< still there when nothing would have happened any more
  std::uint64_t switches = 0;    ///< loads begun
  double loading_share = 0;      ///< of the workers' time
  Duration makespan{};           ///< from the beginning of time to the last job's end
  Histogram waits;
  std::vector<GroupMeasures> states;   ///< by StateId
  std::vector<GroupMeasures> tenants;  ///< by TenantId
  /// Mean wait of the jobs of each quarter of the workload, in the order of their arrivals.
  std::array<double, 4> quarter_mean_wait_s{};
  /// How much more one tenant was served than another while both waited, see TenantGap.
  double tenant_gap_s = 0;
  std::vector<std::vector<Segment>> timelines;  ///< by WorkerId, when they were asked for
  TimePoint timelines_until;
  TimePoint last_arrival;
  std::uint64_t trace = 0;  ///< a number that tells this run from any other one

  // What the bound of the makespan is made of.
  double work_ns = 0;  ///< all run times
  std::uint32_t states_needed = 0;
  double first_loads_ns = 0;  ///< each of them loaded once
  Duration longest{};         ///< when the last job could end at the earliest, were it alone

  // What the scheduler took, when there was a clock.
  std::uint64_t decisions = 0;  ///< jobs given to workers
  std::uint64_t steps_ns = 0;   ///< all steps of the scheduler together
  Histogram step_costs;         ///< each of them

  /// Whether waits grow as long as jobs come; never of jobs that come all at once.
  [[nodiscard]] bool diverges() const {
    return last_arrival > TimePoint() && quarter_mean_wait_s[3] > 1.5 * quarter_mean_wait_s[1] &&
           quarter_mean_wait_s[3] > 1;
  }
};

}  // namespace steelyard::sim
