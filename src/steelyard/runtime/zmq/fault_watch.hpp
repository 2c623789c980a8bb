#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "steelyard/base/time.hpp"
#include "steelyard/core/strategy_faults.hpp"

namespace steelyard::zmq_runtime {

/// Tells somebody that the strategy has done more wrong, at most once a second.
///
/// To be looked with now and then. Cost: O(1), next to nothing while all is well. Thread safety:
/// none.
class FaultWatch {
 public:
  using Tell = std::function<void(const core::StrategyFaults&)>;
  static constexpr Duration kPause = std::chrono::seconds(1);

  /// `tell` may be empty: nobody wants to know.
  explicit FaultWatch(Tell tell) : tell_(std::move(tell)) {}

  void look(const core::StrategyFaults& faults, TimePoint now) {
    const std::uint64_t total = faults.total();
    if (total == told_ || !tell_ || (told_at_ && now - *told_at_ < kPause)) return;
    told_ = total;
    told_at_ = now;
    tell_(faults);
  }

 private:
  const Tell tell_;
  std::uint64_t told_ = 0;  // faults when it was told last
  std::optional<TimePoint> told_at_;
};

}  // namespace steelyard::zmq_runtime
