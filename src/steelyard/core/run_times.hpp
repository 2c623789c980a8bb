#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::core {

/// How long the jobs of each queue usually run: a moving mean that forgets, 1/8 of each new value,
/// as TCP smooths its round trip times (RFC 6298, section 2).
///
/// Cost: O(1). Thread safety: none.
class RunTimes {
 public:
  void learn(QueueId queue, Duration run_time) {
    if (queue.index() >= means_.size()) means_.resize(queue.index() + 1, kUnknown);
    Duration& mean = means_[queue.index()];
    const Duration value = std::max(run_time, Duration::zero());
    mean = mean == kUnknown ? value : mean + (value - mean) / 8;
  }

  /// nullopt: none of the queue's jobs has run yet.
  [[nodiscard]] std::optional<Duration> expected(QueueId queue) const {
    if (queue.index() >= means_.size() || means_[queue.index()] == kUnknown) return std::nullopt;
    return means_[queue.index()];
  }

 private:
  static constexpr Duration kUnknown{-1};

  std::vector<Duration> means_;  // by queue
};

}  // namespace steelyard::core
