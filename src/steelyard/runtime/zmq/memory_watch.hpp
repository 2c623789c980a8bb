#pragma once

#include <algorithm>
#include <cstdint>

#include "steelyard/base/time.hpp"

namespace steelyard::zmq_runtime {

/// Says when it is worth giving memory back to the operating system: after what is in use has
/// fallen below a quarter of its peak, at most every kPause, and not for a small peak.
///
/// Thread safety: none. Cost: O(1).
class MemoryWatch {
 public:
  static constexpr Duration kPause = std::chrono::seconds(5);
  static constexpr std::uint64_t kSmallBytes = 16ULL << 20;

  /// `used_bytes` are in use now; `idle`: nothing else waits to be done. True: give it back now.
  [[nodiscard]] bool look(std::uint64_t used_bytes, bool idle, TimePoint now) {
    peak_bytes_ = std::max(peak_bytes_, used_bytes);
    const bool has_fallen = peak_bytes_ > kSmallBytes && used_bytes < peak_bytes_ / 4;
    if (!has_fallen || !idle || now < not_before_) return false;
    peak_bytes_ = used_bytes;
    not_before_ = now + kPause;
    return true;
  }

 private:
  std::uint64_t peak_bytes_ = 0;  // since memory was given back last
  TimePoint not_before_;
};

}  // namespace steelyard::zmq_runtime
