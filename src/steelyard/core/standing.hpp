#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace steelyard::core {

/// Where a job is in its life, as told to those who ask.
enum class Standing : std::uint8_t {
  Unknown,  ///< there is no such job
  Queued,
  Running,
  Returning,  ///< done, its requester has not yet said that it has the answer
  Finished,
  Failed,
  Cancelled,
  Gone,  ///< settled, and its answer is not kept, or no longer
};

inline constexpr std::array<std::string_view, 8> kStandingNames{
    "unknown", "queued", "running", "returning", "finished", "failed", "cancelled", "gone"};

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
