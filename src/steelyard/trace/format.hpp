#pragma once

#include <cstdint>

namespace steelyard::trace {

/// What a recording begins with.
inline constexpr const char* kWhat = "steelyard recording";

/// To be raised whenever a reader of the format before would misunderstand a record.
inline constexpr std::uint32_t kFormat = 2;

/// No record is longer; a longer one is damage.
inline constexpr std::uint32_t kMaxRecordBytes = 1U << 28;

}  // namespace steelyard::trace
