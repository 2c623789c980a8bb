#include "cli/record_options.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "steelyard/runtime/recording/recording_file.hpp"

namespace steelyard::cli {
namespace {

/// Some blocks of a recording.
constexpr std::uint64_t kSmallestFileBytes = 1'000'000;

}  // namespace

void add_record(CLI::App& command, RecordOptions& options) {
  command
      .add_option("--record", options.path,
                  "write down what happens and what is decided, for steelyard sim trace FILE; the "
                  "names of queues, states and users and all times are in it, but no payload")
      ->type_name("FILE");
  add_number<std::uint64_t>(command, {.name = "--record-max-bytes",
                                      .description = "size of FILE; when it is reached, recording "
                                                     "stops and the broker goes on",
                                      .value = options.max_bytes,
                                      .min = kSmallestFileBytes});
  command.add_flag("--record-overwrite", options.overwrite, "FILE may be there already");
}

Result<std::shared_ptr<trace::Sink>> open_recording(const RecordOptions& options) {
  if (options.path.empty()) return std::shared_ptr<trace::Sink>();
  RecordingFile::Options file_options;
  file_options.max_bytes = options.max_bytes;
  file_options.overwrite = options.overwrite;
  file_options.stopped = [path = options.path](std::string_view why) {
    log_event({LogLevel::Warning, "recording_stopped",
               fmt::format("recording to {} has stopped: {}; the broker goes on", path, why)});
  };
  auto file = RecordingFile::create(options.path, file_options);
  if (file) return *file;
  std::error_code unknown;
  const bool is_there = !options.overwrite && std::filesystem::exists(options.path, unknown);
  return failure(ErrorCode::SystemError,
                 fmt::format("--record: {}{}", file.error().context,
                             is_there ? "; to replace it, add --record-overwrite" : ""));
}

}  // namespace steelyard::cli
