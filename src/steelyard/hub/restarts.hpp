#pragma once

#include <cstdint>
#include <deque>

#include "steelyard/base/time.hpp"
#include "steelyard/hub/group_spec.hpp"

namespace steelyard::hub {

/// When workers that ended by themselves may be started again.
///
/// Crashes are counted in rounds: those of workers that were started before the last one that
/// counted say nothing new. Each further one in a row doubles the pause, up to a bound; a worker
/// that has lived for `healthy_after` ends the row.
/// Thread safety: none. Time: logical.
class Restarts {
 public:
  explicit Restarts(const RestartSpec& spec) : spec_(spec) {}
  void change(const RestartSpec& spec) { spec_ = spec; }

  /// The round that a worker started now belongs to.
  [[nodiscard]] std::uint64_t round() const { return round_; }
  /// A worker of this round has ended before it was healthy, or crashed later.
  void crashed(TimePoint now, std::uint64_t round, bool was_healthy);
  /// A worker has lived long enough.
  void became_healthy() { forget(); }
  /// Everything is tried anew.
  void forget();

  [[nodiscard]] TimePoint not_before() const { return not_before_; }
  [[nodiscard]] std::uint32_t crashes_in_a_row() const { return in_a_row_; }
  /// Whether there were so many crashes in so short a time that there is no sense in another try.
  [[nodiscard]] bool is_hopeless(TimePoint now) const;
  /// Whether one worker at a time is to be tried.
  [[nodiscard]] bool is_careful() const { return in_a_row_ >= 2; }
  [[nodiscard]] const RestartSpec& spec() const { return spec_; }

 private:
  RestartSpec spec_;
  std::uint64_t round_ = 0;
  std::uint32_t in_a_row_ = 0;
  TimePoint not_before_{};
  std::deque<TimePoint> times_;  // of the last crashes of the row, give_up_after_crashes at most
};

}  // namespace steelyard::hub
