#pragma once

#include <cstdint>

#include "steelyard/strategy/view.hpp"

namespace steelyard::strategy {

/// How much a worker has to do, as new work is placed by it: free slots first, then the fewest jobs
/// per unit of weight, then the machine that is less busy, then who was asked longest ago.
struct Load {
  bool no_free_slot = false;
  double jobs_per_weight = 0;
  std::uint8_t machine_load = 0;
  std::uint64_t turn = 0;
  auto operator<=>(const Load&) const = default;
};

[[nodiscard]] inline Load load_of(const Worker& worker, std::uint64_t turn) {
  return {!worker.has_free_slot(), (worker.assigned + worker.occupied) / worker.weight,
          worker.machine_load, turn};
}

}  // namespace steelyard::strategy
