#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "steelyard/base/time.hpp"
#include "steelyard/hub/group_spec.hpp"

namespace steelyard::hub {

/// What the broker says about the queues of a group, all of them together.
struct Demand {
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t slots = 0;             ///< of all workers that serve them, also of other hubs
  std::optional<Duration> mean_run{};  ///< of one job; nothing: none was measured yet
  Duration longest_wait{};             ///< of those that are queued now
};

/// What a group has now.
struct Manned {
  std::uint32_t ready = 0;     ///< workers that the broker knows
  std::uint32_t starting = 0;  ///< that are not ready yet
};

/// How many workers a group should have, within its bounds, and why.
///
/// Needed are the slots that are busy, and as many more as begin within the target what those do
/// not begin of all that waits; while nothing was measured, one worker. When all are busy and
/// somebody has waited for longer than the target all the same, one worker more. Where other hubs
/// serve the same queues, each takes the share of the need that its slots are of all, rounded up,
/// so that they grow and shrink together; one without workers takes only what the others' slots are
/// not enough for, and one worker when a job has waited for longer than the target all the same.
///
/// Damped: up by no more than as many as there are, down by no more than a quarter, at least one,
/// and down only to what was the most needed during the whole idle time before.
/// Invariant: min <= wanted() <= max.
/// Thread safety: none. Time: logical.
class Sizing {
 public:
  explicit Sizing(const SizeSpec& spec) : spec_(spec), wanted_(spec.min) {}

  [[nodiscard]] std::uint32_t wanted() const { return wanted_; }

  /// Looks again, about once a second. Returns a sentence when the number changes, else nothing.
  [[nodiscard]] std::string look(TimePoint now, const Demand& demand, const Manned& manned);

  /// Other bounds. Returns a sentence when the number changes at once.
  [[nodiscard]] std::string change(const SizeSpec& spec);

 private:
  /// A number of workers, and what it is needed for.
  struct Need {
    std::uint64_t workers = 0;
    std::string why;
  };
  [[nodiscard]] Need need(const Demand& demand, const Manned& manned) const;
  [[nodiscard]] std::uint64_t own_share(std::uint64_t slots, const Demand& demand,
                                        const Manned& manned) const;
  [[nodiscard]] std::string grow_to(std::uint32_t target, const std::string& why);
  [[nodiscard]] std::string shrink(TimePoint now, std::uint32_t needed);

  SizeSpec spec_;
  std::uint32_t wanted_;
  std::optional<TimePoint> lower_since_;  // less than wanted_ was needed all the time since
  std::uint32_t most_needed_ = 0;         // since then
};

}  // namespace steelyard::hub
