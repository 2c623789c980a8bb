#pragma once

#include <chrono>

namespace steelyard {

/// Logical time: a clock without `now()`.
///
/// The pure rooms (base, strategy, core, wire) cannot read time; it is handed to them with each
/// event. In production it is the steady clock's, in the simulator it is virtual.
struct LogicalClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LogicalClock>;
  static constexpr bool is_steady = true;
};

using Duration = LogicalClock::duration;
using TimePoint = LogicalClock::time_point;

}  // namespace steelyard
