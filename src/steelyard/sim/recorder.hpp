#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "steelyard/sim/fleet.hpp"
#include "steelyard/sim/measures.hpp"
#include "steelyard/sim/scenario.hpp"
#include "steelyard/sim/tenant_gap.hpp"

namespace steelyard::sim {

/// Is told what happens and makes the measures of it.
/// Thread safety: none. Cost: O(tenants) per call.
class Recorder {
 public:
  /// A job, with its number, counted from 1 in order of arrival.
  struct Job {
    Arrival arrival;
    std::uint64_t number = 0;
  };

  /// What workers do is noted until `timelines_until`.
  Recorder(const Scenario& scenario, TimePoint timelines_until);

  void arrived(const Arrival& arrival);
  void assigned(const Fleet::Task& task, const Job& job);
  /// The worker is done with the job, which goes back into the queue unless it is finished.
  void ended(const Fleet::Task& task, const Job& job);
  void stepped(std::uint64_t cost_ns);

  /// Everything, once it is over. `workers` were there all the time.
  [[nodiscard]] Measures take(const Fleet& fleet, std::uint32_t workers);

 private:
  void finished(const Fleet::Task& task, const Job& job);
  static void note(GroupMeasures& group, Duration wait);
  void mix(std::uint64_t value);

  const std::vector<StateFacts>& states_;
  const std::uint64_t expected_jobs_;
  Measures measures_;
  std::array<double, 4> quarter_sum_s_{};
  std::array<std::uint64_t, 4> quarter_jobs_{};
  std::vector<bool> needed_;  // by state
  TenantGap gap_;
  const TimePoint timelines_until_;
  Timelines timelines_;
};

}  // namespace steelyard::sim
