#pragma once

#include <cstdint>
#include <optional>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::sim {

/// A job as it comes in, and what it will turn out to need.
struct Arrival {
  TimePoint time{};
  QueueId queue{0};
  StateId state{};    ///< none(): it needs no state
  TenantId tenant{};  ///< none(): no user was named
  std::int32_t priority = 0;
  Duration run_time{};  ///< once its state is loaded
};

/// The jobs of a workload in order of their times, made one by one, so that a long workload needs
/// no more memory than a short one.
class Arrivals {
 public:
  Arrivals() = default;
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;
  virtual ~Arrivals() = default;

  /// The next job, not earlier than the one before; nullopt: there are no more.
  virtual std::optional<Arrival> next() = 0;
};

}  // namespace steelyard::sim
