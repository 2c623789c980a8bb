#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

/// A unit: several payloads that travel as one job and are answered together (`--batch-unit`).
namespace steelyard::wire {

/// Payloads as one. The form is that of a message column: lengths, then bytes.
[[nodiscard]] std::string pack_parts(const std::vector<std::string>& parts);
/// Errors: Malformed.
[[nodiscard]] Result<std::vector<std::string_view>> unpack_parts(std::string_view packed);

/// The answers of a unit's parts as one: each is a result or an error of its own.
[[nodiscard]] std::string pack_answers(const std::vector<Result<std::string>>& answers);
/// Errors: Malformed.
[[nodiscard]] Result<std::vector<Result<std::string>>> unpack_answers(std::string_view packed);

}  // namespace steelyard::wire
