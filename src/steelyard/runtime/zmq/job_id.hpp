#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/core/standing.hpp"
#include "steelyard/runtime/zmq/completions.hpp"

namespace steelyard {

/// Names a job for as long as its broker knows it, also to other programs.
struct JobId {
  std::uint64_t session = 0;
  std::uint64_t sequence = 0;

  /// "SESSION-SEQUENCE": 16 hexadecimal digits, a dash, a decimal number.
  [[nodiscard]] std::string text() const;
  /// Errors: InvalidArgument, saying what an id looks like.
  [[nodiscard]] static Result<JobId> parse(std::string_view text);
  friend auto operator<=>(const JobId&, const JobId&) = default;
};

using core::Standing;

/// How a job stands.
struct JobStatus {
  Standing standing = Standing::Unknown;
  /// Of a kept job that has ended: its result, or its error.
  Result<std::string> result{};
  JobTimes times{};  ///< without `returning`
};

}  // namespace steelyard
