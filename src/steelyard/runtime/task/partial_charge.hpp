#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard {

/// What a partial result takes of its job's window beside its own bytes, so that many small ones
/// are bounded in number too.
inline constexpr std::size_t kPartialOverheadBytes = 256;

/// What a partial result of so many bytes takes of its job's window, for all who count it.
[[nodiscard]] constexpr std::uint64_t partial_charge_bytes(std::uint64_t bytes) {
  return bytes + kPartialOverheadBytes;
}

}  // namespace steelyard
