#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "steelyard/sim/fleet.hpp"
#include "steelyard/sim/measures.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

/// Is told what happens and makes the measures of it.
/// Thread safety: none. Cost: O(1) per call.
class Recorder {
 public:
  explicit Recorder(const Scenario& scenario);

  void arrived(const Arrival& arrival);
  void assigned(TimePoint now, WorkerId worker, std::uint64_t job);
  /// The job of this number, counted from 1 in order of arrival, has been done.
  void finished(const Fleet::Task& task, const Arrival& job, std::uint64_t number);
  void stepped(std::uint64_t cost_ns);

  /// Everything, once it is over. `workers` were there all the time.
  [[nodiscard]] Measures take(const Fleet& fleet, std::uint32_t workers);

 private:
  void mix(std::uint64_t value);

  const std::vector<StateFacts>& states_;
  const std::uint64_t expected_jobs_;
  Measures measures_;
  std::array<double, 4> quarter_sum_s_{};
  std::array<std::uint64_t, 4> quarter_jobs_{};
  std::vector<bool> needed_;  // by state
};

}  // namespace steelyard::sim
