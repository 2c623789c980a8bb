#pragma once

#include <string>

#include <boost/json.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/store/record.hpp"

/// Records of a journal as people and scripts read them.
namespace steelyard::cli {

/// The id that other commands know the job by.
[[nodiscard]] std::string job_text(const store::JobKey& job);

/// Whether the record's bytes say something. Errors: Malformed.
[[nodiscard]] Result<void> check_record(const store::Record& record);

/// Adds what `record` says to what is known of its job. Errors: Malformed.
[[nodiscard]] Result<void> add_to_json(const store::Record& record, boost::json::object& job);

}  // namespace steelyard::cli
