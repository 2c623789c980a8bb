#pragma once

#include "steelyard/strategy/oldest.hpp"

namespace steelyard::strategy {

/// New work goes to the workers in turn, skipping those without room. Which job is first is decided
/// as by `oldest`.
///
/// Guarantee (tested): with room everywhere, each allowed worker is asked once before any is asked
/// again. Cost: `place` O(workers).
class RoundRobin final : public Oldest {
 public:
  std::optional<WorkerId> place(const View& view, LaneId lane) override;

 private:
  std::uint32_t next_ = 0;
};

}  // namespace steelyard::strategy
