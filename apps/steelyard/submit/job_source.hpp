#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"

namespace steelyard::cli {

/// Where the payloads of jobs come from.
class JobSource {
 public:
  JobSource() = default;
  JobSource(const JobSource&) = delete;
  JobSource& operator=(const JobSource&) = delete;
  virtual ~JobSource() = default;

  /// Waits for the next payloads, which travel together; none: that was all.
  /// Errors: SystemError, InvalidArgument; then that was all.
  [[nodiscard]] virtual Result<std::vector<std::string>> next() = 0;

  /// Lets a waiting `next` return, with none. May be called from any thread.
  virtual void stop() = 0;

  /// How much of it has been read, from 0 to 1; nothing when its length is not known. May be
  /// called from any thread.
  [[nodiscard]] virtual std::optional<double> read_part() const = 0;
};

/// No payload or line may be longer: the wire counts bytes with 32 bits.
inline constexpr std::size_t kMaxPayloadBytes = 0xffff'ffff;

/// One payload.
class OneJob final : public JobSource {
 public:
  explicit OneJob(std::string payload) : payload_(std::move(payload)) {}

  [[nodiscard]] Result<std::vector<std::string>> next() override;
  void stop() override {}
  [[nodiscard]] std::optional<double> read_part() const override { return std::nullopt; }

 private:
  std::optional<std::string> payload_;
};

/// One job per line of a file or pipe. A line ends with "\n", which is no part of its job; the last
/// one need not. An empty line is a job with an empty payload.
class LineJobs final : public JobSource {
 public:
  struct Options {
    std::size_t max_jobs = 1;    ///< that travel together
    bool whole_batches = false;  ///< wait until there are `max_jobs`, or no more
  };
  LineJobs(FileDescriptor file, const Options& options);

  [[nodiscard]] Result<std::vector<std::string>> next() override;
  void stop() override;
  [[nodiscard]] std::optional<double> read_part() const override;

 private:
  [[nodiscard]] bool wait_readable() const;
  [[nodiscard]] Result<void> read_some();
  void cut_lines(std::vector<std::string>& into);

  const FileDescriptor file_;
  const Options options_;
  FileDescriptor stopped_;
  std::uint64_t file_bytes_ = 0;  // 0: not known
  std::string buffer_;
  std::size_t start_ = 0;    // of the next line in buffer_
  std::size_t scanned_ = 0;  // no newline stands before this
  bool ended_ = false;
  std::atomic<std::uint64_t> read_bytes_ = 0;
};

/// Opens `name`, or standard input for "-".
/// Errors: InvalidArgument, saying why it cannot be read.
[[nodiscard]] Result<FileDescriptor> open_input(const std::string& name);

/// All bytes of a file, or of standard input for "-".
/// Errors: InvalidArgument when it cannot be read or is over kMaxPayloadBytes.
[[nodiscard]] Result<std::string> read_input(const std::string& name);

}  // namespace steelyard::cli
