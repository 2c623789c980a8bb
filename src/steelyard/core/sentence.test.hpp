#pragma once

#include <cstdint>
#include <string>

#include "steelyard/core/actions.hpp"

namespace steelyard::core {

/// What a payload's number says in a small world, so that sentences can name it: what it is, whose
/// and of which job.
enum class Kind : std::uint64_t { Payload = 1, Result = 2, Text = 3 };
[[nodiscard]] PayloadRef payload_ref(Kind kind, std::uint32_t session, std::uint64_t job);

/// The action as a short sentence: "assign s0#1 to w0", "deliver s0#1: result s0#1".
[[nodiscard]] std::string sentence(const Action& action);

}  // namespace steelyard::core
