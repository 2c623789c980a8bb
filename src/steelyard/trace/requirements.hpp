#pragma once

#include <optional>
#include <set>
#include <string_view>

#include "steelyard/core/scheduler.hpp"

namespace steelyard::trace {

/// What the scheduler requires of an event and this one does not keep, as a sentence; nullopt: it
/// may be stepped. For events that nobody vouches for. `sessions`: those that are not forgotten.
[[nodiscard]] std::optional<std::string_view> broken_requirement(
    const core::Event& event, const core::Scheduler& scheduler,
    const std::set<SessionId>& sessions);

}  // namespace steelyard::trace
