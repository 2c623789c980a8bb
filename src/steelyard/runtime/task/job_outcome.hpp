#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

/// Why a job did not succeed; `retry` says that another attempt may mend it.
struct JobFailure {
  std::string text;
  bool retry = false;
};

/// A job's result, or its failure.
using JobOutcome = tl::expected<std::string, JobFailure>;

/// `return job_failure("...")` from a function that returns a JobOutcome.
[[nodiscard]] inline tl::unexpected<JobFailure> job_failure(std::string text, bool retry = false) {
  return tl::unexpected<JobFailure>(JobFailure{std::move(text), retry});
}

/// What a stop in mid-job reads as: the job did nothing wrong, another worker may take it.
[[nodiscard]] inline tl::unexpected<JobFailure> stopped_in_mid_job() {
  return job_failure("the worker was stopped in mid-job", true);
}

/// The result, or the failure as the exception that a TaskFunction throws: RetryableError when
/// another attempt may mend it, otherwise std::runtime_error.
[[nodiscard]] inline std::string result_or_throw(JobOutcome outcome) {
  if (outcome) return std::move(*outcome);
  if (outcome.error().retry) throw RetryableError(outcome.error().text);
  throw std::runtime_error(outcome.error().text);
}

}  // namespace steelyard
