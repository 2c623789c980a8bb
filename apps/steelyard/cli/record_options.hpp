#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/trace/recorder.hpp"

namespace steelyard::cli {

/// What a broker writes down.
struct RecordOptions {
  std::string path;  ///< empty: nothing
  std::uint64_t max_bytes = 1'000'000'000;
  bool overwrite = false;
};

/// Adds --record and what belongs to it.
void add_record(CLI::App& command, RecordOptions& options);

/// The file, which says in the log when it takes no more; nullptr when nothing is recorded.
/// Errors: SystemError, naming the flag.
[[nodiscard]] Result<std::shared_ptr<trace::Sink>> open_recording(const RecordOptions& options);

}  // namespace steelyard::cli
