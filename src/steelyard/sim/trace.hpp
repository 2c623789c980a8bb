#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "steelyard/base/interner.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/sim/catalogue.hpp"

namespace steelyard::sim {

/// A recorded workload, read line by line from JSON text. A job is
///
///     {"time_s": 12.5, "state": "german", "user": "ann", "queue": "q", "priority": 0, "run_s":
///     0.01}
///
/// with its times in seconds since the beginning of the trace, in ascending order; all but `time_s`
/// and `run_s` may be left out. A line without `time_s` states a fact, before or after the jobs:
///
///     {"workers": 4}
///     {"load_s": 5}                       of every state of which nothing else is said
///     {"state": "german", "load_s": 4.2}
///     {"user": "ann", "weight": 2}
///
/// Other members are ignored, and so are empty lines. Thread safety: none.
class Trace {
 public:
  static constexpr std::size_t kMaxLineBytes = 65'536;
  static constexpr std::uint32_t kMaxTraceJobs = 4'000'000;

  Trace();

  /// Errors: Malformed for what is not such a line; InvalidArgument for a number outside its range
  /// or one thing too many.
  [[nodiscard]] Result<void> add(std::string_view line);

  /// The workload, once all lines were added. It begins with the first job.
  /// Errors: InvalidArgument when there are no jobs.
  [[nodiscard]] Result<Scenario> scenario(const Overrides& overrides) const;

 private:
  struct Line;
  [[nodiscard]] Result<void> add_job(const Line& line);
  [[nodiscard]] Result<void> add_fact(const Line& line);

  base::Interner<QueueId> queues_;
  base::Interner<StateId> states_;
  base::Interner<TenantId> tenants_;
  std::vector<double> load_s_;  // by state; negative: the usual
  std::vector<double> weights_;
  std::uint32_t workers_ = 1;
  double usual_load_s_ = 5;
  TimePoint begin_;  // of the first job
  std::shared_ptr<std::vector<Arrival>> jobs_;
};

}  // namespace steelyard::sim
