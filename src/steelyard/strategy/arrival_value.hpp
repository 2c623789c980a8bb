#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "steelyard/strategy/view.hpp"

namespace steelyard::strategy {

/// A lane's head in the one order of service: arrival − priority, priority counted as seconds of
/// age; equal values in order of arrival. Smaller = sooner.
struct ArrivalValue {
  std::int64_t value_ns = 0;
  std::uint64_t order = 0;
  friend constexpr auto operator<=>(const ArrivalValue&, const ArrivalValue&) = default;
};

[[nodiscard]] inline ArrivalValue arrival_value(const Lane& lane) {
  const Duration age = std::chrono::seconds(lane.priority);
  return {(lane.head_arrival.time_since_epoch() - age).count(), lane.head_order};
}

}  // namespace steelyard::strategy
