#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/events.hpp"

namespace steelyard::sim {

/// What a worker serves and can do, kept.
struct Offer {
  std::vector<QueueId> queues;
  std::vector<TagId> tags;
  core::WorkerProfile profile;  ///< without its spans

  [[nodiscard]] core::WorkerProfile whole() const {
    core::WorkerProfile with_spans = profile;
    with_spans.queues = queues;
    with_spans.tags = tags;
    return with_spans;
  }
};

/// A worker comes or goes.
struct CrewChange {
  enum class Kind : std::uint8_t {
    Joins,        ///< in the place of the one of its number, if that is still there
    Drains,       ///< it is given nothing more, and goes when it has nothing left
    FallsSilent,  ///< nothing more is heard of it; nobody knows
    Leaves,       ///< what it had is given to others
  };
  TimePoint time;
  Kind kind = Kind::Joins;
  WorkerId worker;
  std::uint32_t offer = 0;  ///< place of the offer that it joins with
};

/// Workers that differ, and are not there all the time.
struct Crew {
  std::vector<Offer> offers;
  std::vector<CrewChange> changes;  ///< in the order of their times
};

}  // namespace steelyard::sim
