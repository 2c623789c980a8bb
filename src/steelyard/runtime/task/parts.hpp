#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

/// Payloads and results of several parts, which stay apart through all stages.
///
/// Several parts are one payload: 8 bytes that say so (89 53 59 50 0D 0A 1A 0A), the number of
/// parts, the length of each (all as little-endian 32-bit numbers), then their bytes. Whoever does
/// not care passes it on as it is.
namespace steelyard {

/// The most parts of one payload.
inline constexpr std::size_t kMaxParts = 1'024;

/// Requires: at most kMaxParts, each under 4 GiB (asserted).
[[nodiscard]] std::string pack_parts(std::span<const std::string_view> parts);
[[nodiscard]] std::string pack_parts(std::initializer_list<std::string_view> parts);

/// Whether it says that it has several parts; they may still be malformed.
[[nodiscard]] bool has_parts(std::string_view payload);

/// The parts, as views into `payload`; of one that does not say that it has several, itself.
/// Errors: Malformed.
[[nodiscard]] Result<std::vector<std::string_view>> unpack_parts(std::string_view payload);

}  // namespace steelyard
