#pragma once

#include <cstdint>
#include <deque>

#include "steelyard/base/time.hpp"
#include "steelyard/core/scheduler.hpp"

namespace steelyard::monitor {

/// What workers did with their time in the last minute. The scheduler only sums up; this remembers
/// the sums of a while ago. At most 13 of them are kept.
/// Thread safety: none.
class LastMinute {
 public:
  struct Spent {
    Duration span{};  ///< what it is about: a minute, or since the first note
    double loading_s = 0;
    double working_s = 0;
    std::uint64_t evictions = 0;
  };

  /// To be told now and then, at best each second. Cost: O(1).
  void note(TimePoint now, const core::Scheduler& scheduler) {
    if (!notes_.empty() && now - notes_.back().at < kPeriod) return;
    notes_.push_back({now, scheduler.effort(), scheduler.evictions()});
    while (notes_.size() > 2 && now - notes_[1].at >= kSpan) notes_.pop_front();
  }

  [[nodiscard]] Spent spent(TimePoint now, const core::Scheduler& scheduler) const {
    if (notes_.empty()) return {};
    using Seconds = std::chrono::duration<double>;
    const Note& from = notes_.front();
    const core::Effort& effort = scheduler.effort();
    return {now - from.at, Seconds(effort.loading - from.effort.loading).count(),
            Seconds(effort.working - from.effort.working).count(),
            scheduler.evictions() - from.evictions};
  }

 private:
  static constexpr Duration kSpan = std::chrono::minutes(1);
  static constexpr Duration kPeriod = std::chrono::seconds(5);

  struct Note {
    TimePoint at;
    core::Effort effort;
    std::uint64_t evictions = 0;
  };
  std::deque<Note> notes_;
};

}  // namespace steelyard::monitor
