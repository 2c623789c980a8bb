#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/strategy/view.hpp"

namespace steelyard::sim {

/// A job as it comes in, and what it will turn out to need.
struct Arrival {
  TimePoint time{};
  QueueId queue{0};
  StateId state{};    ///< none(): it needs no state
  TenantId tenant{};  ///< none(): no user was named
  std::int32_t priority = 0;
  Duration run_time{};            ///< once its state is loaded
  std::span<const TagId> tags{};  ///< live as long as the arrivals do
  std::uint64_t state_bytes = 0;  ///< the state's size; 0: not known
  TimePoint start_by = strategy::kNever;
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
