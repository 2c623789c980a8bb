#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "steelyard/runtime/task/answer.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

/// How a job came to its end that was asked to stop.
enum class StopOutcome : std::uint8_t {
  NotStopped,  ///< it ended for another reason
  Complied,    ///< by itself, within the time that it had for that
  Killed,      ///< it had to be killed, and what its process kept is gone
};

/// Why a job did not succeed.
struct JobFailure {
  std::string text;
  bool retry = false;  ///< another attempt may mend it
  bool died = false;   ///< its process died under it: the loss of a worker, not an error of the job
  StopOutcome stop = StopOutcome::NotStopped;
};

/// A job's result or where it goes on, or its failure.
using JobOutcome = tl::expected<Answer, JobFailure>;

/// `return job_failure("...")` from a function that returns a JobOutcome.
[[nodiscard]] inline tl::unexpected<JobFailure> job_failure(std::string text, bool retry = false) {
  return tl::unexpected<JobFailure>(JobFailure{.text = std::move(text), .retry = retry});
}

/// Of a job whose process died under it.
[[nodiscard]] inline tl::unexpected<JobFailure> job_death(std::string text) {
  return tl::unexpected<JobFailure>(
      JobFailure{.text = std::move(text), .retry = true, .died = true});
}

/// Of a job that was asked to stop for `reason`; `how` says how it came to its end.
[[nodiscard]] inline tl::unexpected<JobFailure> job_stopped(StopReason reason, StopOutcome outcome,
                                                            std::string_view how) {
  return tl::unexpected<JobFailure>(JobFailure{
      .text = fmt::format("stopped because {}: {}", to_string(reason), how), .stop = outcome});
}

/// What the end of its worker in mid-job reads as: the job did nothing wrong, another worker may
/// take it.
[[nodiscard]] inline tl::unexpected<JobFailure> stopped_in_mid_job() {
  return job_failure("the worker was stopped in mid-job", true);
}

/// The answer, or the failure as the exception that a TaskFunction throws: StoppedError,
/// WorkerDiedError, RetryableError, or std::runtime_error for an error of the job.
[[nodiscard]] inline Answer answer_or_throw(JobOutcome outcome) {
  if (outcome) return std::move(*outcome);
  const JobFailure& failed = outcome.error();
  if (failed.stop != StopOutcome::NotStopped) {
    throw StoppedError(failed.text, failed.stop == StopOutcome::Killed);
  }
  if (failed.died) throw WorkerDiedError(failed.text);
  if (failed.retry) throw RetryableError(failed.text);
  throw std::runtime_error(failed.text);
}

}  // namespace steelyard
