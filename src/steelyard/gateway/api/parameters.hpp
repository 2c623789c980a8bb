#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard::gateway {

/// A request's parameters: names and decoded values, in the order in which they came.
///
/// Thread safety: none. Cost: O(parameters) per look-up; there are few.
class Parameters {
 public:
  static constexpr std::size_t kMaxParameters = 2'000;

  /// Reads "a=1&b=two". Errors: InvalidArgument for a wrong percent-encoding, or too many.
  [[nodiscard]] static Result<Parameters> read(std::string_view query);

  /// The last one of this name, so that what is appended wins.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  /// Errors: InvalidArgument, naming a parameter that is none of these, and the nearest of them.
  [[nodiscard]] Result<void> allow_only(std::span<const std::string_view> names) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// A number of seconds, "0.25", as milliseconds; more than 0 is never rounded to 0.
/// Errors: InvalidArgument for one that is none, less than 0 or over `most`; `name` is its name.
[[nodiscard]] Result<std::chrono::milliseconds> read_seconds(std::string_view name,
                                                             std::string_view text,
                                                             std::chrono::milliseconds most);
/// A whole number from `least` to `most`. Errors: InvalidArgument.
[[nodiscard]] Result<std::int64_t> read_whole(std::string_view name, std::string_view text,
                                              std::int64_t least, std::int64_t most);
/// "true", "1", "" or "false", "0". Errors: InvalidArgument.
[[nodiscard]] Result<bool> read_flag(std::string_view name, std::string_view text);

}  // namespace steelyard::gateway
