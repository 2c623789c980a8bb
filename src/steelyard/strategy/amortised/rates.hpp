#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::strategy {

/// How often jobs for each state arrive, and how much work they bring: averages over the last
/// minute or so, in which older arrivals count less and less.
///
/// Cost: O(1), one exponential. Thread safety: none.
class Rates {
 public:
  /// `count` jobs for `state` (none(): for no state) came, `work_s` seconds of work together.
  void arrived(StateId state, std::uint32_t count, double work_s, TimePoint now) {
    work_.add(work_s, now);
    if (!state.valid()) return;
    if (state.index() >= by_state_.size()) by_state_.resize(state.index() + 1);
    by_state_[state.index()].add(count, now);
    if (by_state_[state.index()].seen < kMany) by_state_[state.index()].seen += count;
  }

  [[nodiscard]] double jobs_per_second(StateId state, TimePoint now) const {
    return state.index() < by_state_.size() ? by_state_[state.index()].at(now) : 0.0;
  }
  /// Whether enough jobs of the state came to rely on its rate.
  [[nodiscard]] bool is_known(StateId state) const {
    return state.index() < by_state_.size() && by_state_[state.index()].seen >= kEnough;
  }
  /// Seconds of work that arrive per second.
  [[nodiscard]] double work_per_second(TimePoint now) const { return work_.at(now); }

 private:
  static constexpr double kMemory_s = 60;
  static constexpr std::uint32_t kEnough = 20;
  static constexpr std::uint32_t kMany = 1'000'000;

  struct Rate {
    double per_second = 0;
    TimePoint as_of;
    std::uint32_t seen = 0;

    [[nodiscard]] double at(TimePoint now) const {
      const std::chrono::duration<double> since = now - as_of;
      return since.count() <= 0 ? per_second : per_second * std::exp(-since.count() / kMemory_s);
    }
    void add(double amount, TimePoint now) {
      per_second = at(now) + amount / kMemory_s;
      as_of = now;
    }
  };

  std::vector<Rate> by_state_;
  Rate work_;
};

}  // namespace steelyard::strategy
