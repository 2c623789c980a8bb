#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::sim {

/// What a worker did from one time to another; between segments it was idle, or away.
struct Segment {
  enum class Kind : std::uint8_t { Loads, Runs };
  Kind kind = Kind::Loads;
  StateId state;
  TimePoint from;
  TimePoint to;
  Duration busy{};  ///< of a segment that joins many short runs: how much of it they take
};

/// What the workers did at first, in bounded memory: short runs of one state that nearly touch are
/// joined, and nothing is noted after `until` or beyond the limits below.
/// Thread safety: none. Cost: O(1) per call.
class Timelines {
 public:
  static constexpr std::uint32_t kMaxWorkers = 64;
  static constexpr std::size_t kMaxSegments = 10'000;  ///< of one worker

  /// `until` zero: nothing is noted.
  Timelines(std::uint32_t workers, TimePoint until);

  /// Requires: the times of a worker ascend.
  void add(WorkerId worker, const Segment& segment);

  /// By WorkerId.
  [[nodiscard]] std::vector<std::vector<Segment>> take() { return std::move(workers_); }

 private:
  std::vector<std::vector<Segment>> workers_;
  TimePoint until_;
  Duration resolution_;  // shorter pauses are not shown
};

}  // namespace steelyard::sim
