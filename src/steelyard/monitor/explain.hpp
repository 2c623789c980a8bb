#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/monitor/report.hpp"

namespace steelyard::monitor {

/// A job, as somebody asks about it.
struct JobQuestion {
  SessionId by;       ///< who asks; none(): somebody who has no jobs
  SessionId session;  ///< whose job it is; none(): there is no such session
  std::uint64_t sequence = 0;
};

/// Why a job is where it is, as JSON text in one line: its standing; while it waits, what is before
/// it, who may run it or why nobody may, who holds its state, and when it is expected to begin; the
/// decisions about it, latest first.
///
/// What has been forgotten, or does not apply, is null. Times are in seconds from now.
/// Errors: InvalidArgument when there is no such job, or not for the one who asks.
/// Cost: O(decisions kept + lanes that wait + workers + users), and some 10,000 jobs at most.
[[nodiscard]] Result<std::string> explain_job(const JobQuestion& question, const Sources& sources);

inline constexpr std::uint32_t kUsualDecisions = 20;
inline constexpr std::uint32_t kMaxDecisions = 1'000;

/// A worker, as somebody asks about it.
struct WorkerQuestion {
  std::string_view name;
  std::uint32_t last = kUsualDecisions;  ///< so many decisions at most

  /// Reads `NAME`, or `?last=N/NAME`. Errors: InvalidArgument for an N that is not 1 to 1,000.
  [[nodiscard]] static Result<WorkerQuestion> parse(std::string_view text);
};

/// What a worker of that name has, and the latest decisions about it, latest first, as JSON text in
/// one line: `{"rows": [{"worker": …, "decisions": […]}]}`, a row for each worker of that name.
///
/// Errors: InvalidArgument when there is none, with the nearest name.
/// Cost: O(decisions kept + workers).
[[nodiscard]] Result<std::string> explain_worker(const WorkerQuestion& question,
                                                 const Sources& sources);

}  // namespace steelyard::monitor
