#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace steelyard::core {

/// Names an attempt of a job: how often the job was forwarded before, times 65,536, plus the
/// attempt of that stage, counted from 1. Later attempts have higher numbers. 0: none.
using AttemptNumber = std::uint32_t;

[[nodiscard]] constexpr AttemptNumber attempt_number(std::uint16_t hop, std::uint16_t attempt) {
  return AttemptNumber{hop} << 16 | attempt;
}

/// How a job that has its answer ended.
enum class Outcome : std::uint8_t { Finished, Failed, Cancelled, Expired, Quarantined };

/// Why an attempt is to stop.
enum class StopReason : std::uint8_t {
  Cancelled,
  TimeLimit,  ///< no progress for longer than the job allows
  Unwanted,   ///< nobody waits for its result any more
};

/// How an attempt ended with its worker.
enum class Death : std::uint8_t {
  Silent,     ///< the worker was not heard from
  Left,       ///< the worker went without finishing it
  Forgotten,  ///< the worker came back without it
  Died,       ///< the process that did it ended
};

/// Where a job is in its life, as told to those who ask.
enum class Standing : std::uint8_t {
  Unknown,  ///< there is no such job
  Delayed,  ///< waits for its time, or for another attempt
  Queued,
  Running,
  Returning,  ///< done, its requester has not yet said that it has the answer
  Finished,
  Failed,
  Cancelled,
  Expired,      ///< could not begin in time
  Quarantined,  ///< its workers died one after another
  Gone,         ///< settled, and its answer is not kept, or no longer
};

inline constexpr std::array<std::string_view, 11> kStandingNames{
    "unknown", "delayed",   "queued",  "running",     "returning", "finished",
    "failed",  "cancelled", "expired", "quarantined", "gone"};

[[nodiscard]] constexpr std::string_view to_string(Standing standing) {
  return kStandingNames[static_cast<std::size_t>(standing)];
}

/// Unknown when there is none of that name.
[[nodiscard]] constexpr Standing standing_from(std::string_view name) {
  for (std::size_t i = 0; i < kStandingNames.size(); ++i) {
    if (kStandingNames[i] == name) return static_cast<Standing>(i);
  }
  return Standing::Unknown;
}

}  // namespace steelyard::core
