#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace steelyard {

/// A small dense number for one kind of thing. Different kinds do not mix.
///
/// Names are turned into these once, at the edge (see Interner); inside, everything is an index.
template <class Tag>
struct Id {
  std::uint32_t value = kNone;

  static constexpr std::uint32_t kNone = 0xffff'ffff;
  [[nodiscard]] static constexpr Id none() { return Id{}; }
  [[nodiscard]] constexpr bool valid() const { return value != kNone; }
  [[nodiscard]] constexpr std::size_t index() const { return value; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

using QueueId = Id<struct QueueTag>;      ///< a named queue of jobs
using StateId = Id<struct StateTag>;      ///< what a job needs loaded; none(): nothing
using TenantId = Id<struct TenantTag>;    ///< shown to people as the user; none(): no user
using WorkerId = Id<struct WorkerTag>;    ///< a worker that is joined
using SessionId = Id<struct SessionTag>;  ///< a client's conversation
using TagId = Id<struct TagTag>;          ///< a word that a worker carries and a job may ask for
using LaneId = Id<struct LaneTag>;        ///< jobs that are alike for every decision
using PoolId = Id<struct PoolTag>;        ///< workers that are alike for every decision
using KeyId = Id<struct KeyTag>;          ///< an idempotency key in use; none(): the job has none
using PrincipalId = Id<struct PrincipalTag>;  ///< who a session or worker belongs to

/// A job's place in the job table together with a stamp that changes with every use of the place
/// and with every attempt, so that a late message about a former attempt is recognised (fencing).
struct Lease {
  std::uint32_t slot = 0;
  std::uint32_t stamp = 0;

  [[nodiscard]] static constexpr Lease from_bits(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits)};
  }
  [[nodiscard]] constexpr std::uint64_t bits() const {
    return (static_cast<std::uint64_t>(slot) << 32) | stamp;
  }
  friend constexpr auto operator<=>(Lease, Lease) = default;
};

/// The runtime's name for bytes (or a callable) that it keeps. The core only carries it about.
struct PayloadRef {
  std::uint64_t value = 0;

  /// 0 means: no bytes are kept.
  [[nodiscard]] constexpr bool valid() const { return value != 0; }
  friend constexpr auto operator<=>(PayloadRef, PayloadRef) = default;
};

}  // namespace steelyard

template <class Tag>
struct std::hash<steelyard::Id<Tag>> {
  std::size_t operator()(steelyard::Id<Tag> id) const noexcept { return id.value; }
};
