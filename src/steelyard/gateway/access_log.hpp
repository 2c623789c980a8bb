#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/http/server.hpp"

namespace steelyard::gateway {

/// A line for a request, with the newline:
///
///     2026-11-22T20:31:27.123Z 127.0.0.1:51234 "GET /is_prime?n=7" 200 0 12 1.234 -
///
/// When it was answered, who asked, the request, the status, the bytes of both bodies, how many
/// milliseconds it took, and "gone" when the client did not wait. In the request, quotation marks,
/// backslashes and bytes beyond ASCII stand as \xHH.
[[nodiscard]] std::string access_line(const http::AccessRecord& record,
                                      std::chrono::system_clock::time_point now);

/// The file of such lines, each written at once and whole.
///
/// When the file was moved away, as log rotation does, a new one is begun within a second.
/// Thread safety: all members may be called from any thread.
class AccessLog {
 public:
  /// Told that lines cannot be written, at most once a minute, with how many were lost since.
  using Lost = std::function<void(std::uint64_t lines, const std::string& why)>;

  /// `path`: "-" is standard error. Errors: SystemError.
  [[nodiscard]] static Result<std::shared_ptr<AccessLog>> open(std::string path, Lost lost);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void write(const http::AccessRecord& record);

 private:
  using Clock = std::chrono::steady_clock;

  AccessLog(std::string path, Lost lost) : path_(std::move(path)), lost_(std::move(lost)) {}
  Result<void> reopen();
  void follow(Clock::time_point now);
  void count_lost(Clock::time_point now, const std::string& why);

  const std::string path_;
  const Lost lost_;
  std::mutex mutex_;
  // Guarded by mutex_.
  int file_ = -1;
  std::uint64_t lost_lines_ = 0;
  Clock::time_point looked_at_{};
  Clock::time_point complained_at_{};
};

}  // namespace steelyard::gateway
