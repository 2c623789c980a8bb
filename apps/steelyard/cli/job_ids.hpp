#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"

namespace steelyard::cli {

/// Adds the positional `ID...` of commands about jobs, which is required.
CLI::Option* add_job_ids(CLI::App& flags, std::vector<std::string>& ids);

/// The ids as they were typed, read. Errors: InvalidArgument for the first that is none.
[[nodiscard]] Result<std::vector<JobId>> read_job_ids(const std::vector<std::string>& texts);

}  // namespace steelyard::cli
