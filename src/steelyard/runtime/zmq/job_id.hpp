#pragma once

#include <compare>
#include <cstdint>
#include <optional>
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
  JobTimes times{};           ///< without `returning`
  std::uint8_t progress = 0;  ///< of one that runs, in percent
};

/// What became of a job that was to be cancelled.
struct Cancellation {
  Standing was = Standing::Unknown;  ///< where it was
  /// Where it is now: Cancelled; how it had ended before; Running: it was asked to stop, and does
  /// not listen.
  Standing now = Standing::Unknown;
  bool is_final = true;  ///< false: it was asked to stop, and may be about to end
};

/// The job that has the key, as a DuplicateKey or KeyConflict names it; nullopt: another error.
[[nodiscard]] std::optional<JobId> job_with_key(const Error& error);
/// `text` as the context of such an error.
[[nodiscard]] std::string naming_job(std::string_view text, const JobId& job);

}  // namespace steelyard
