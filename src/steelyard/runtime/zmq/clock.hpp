#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "steelyard/base/time.hpp"

namespace steelyard::zmq_runtime {

/// Real time, as the pure rooms want it handed to them.
[[nodiscard]] inline TimePoint now() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

/// How long to wait for `due`, at most `longest`. Rounded up, or the last millisecond would be
/// spent spinning.
[[nodiscard]] inline std::chrono::milliseconds until(std::optional<TimePoint> due,
                                                     std::chrono::milliseconds longest) {
  if (!due) return longest;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now());
  return std::clamp(left, std::chrono::milliseconds(0), longest);
}

}  // namespace steelyard::zmq_runtime
