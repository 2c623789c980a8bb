#include "steelyard/gateway/access_log.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace steelyard::gateway {
namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kComplainEvery{60};
constexpr mode_t kMode = 0640;

void append_escaped(std::string& line, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') {
      line += fmt::format("\\x{:02X}", byte);
    } else {
      line += c;
    }
  }
}

std::string reason() {
  return std::generic_category().message(errno);
}

}  // namespace

std::string access_line(const http::AccessRecord& record,
                        std::chrono::system_clock::time_point now) {
  using std::chrono::milliseconds;
  const auto ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  std::string line =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} \"",
                  fmt::gmtime(static_cast<std::time_t>(ms / 1'000)), ms % 1'000, record.peer);
  append_escaped(line, record.method);
  line += ' ';
  append_escaped(line, record.target);
  line += fmt::format("\" {} {} {} {:.3f} {}\n", record.status, record.request_bytes,
                      record.response_bytes, static_cast<double>(record.took.count()) / 1'000,
                      record.client_gone ? "gone" : "-");
  return line;
}

Result<std::shared_ptr<AccessLog>> AccessLog::open(std::string path, Lost lost) {
  std::shared_ptr<AccessLog> log(new AccessLog(std::move(path), std::move(lost)));
  if (auto opened = log->reopen(); !opened) return tl::unexpected(opened.error());
  return log;
}

AccessLog::~AccessLog() {
  if (file_ > STDERR_FILENO) ::close(file_);
}

Result<void> AccessLog::reopen() {
  if (path_ == "-") {
    file_ = STDERR_FILENO;
    return {};
  }
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
  if (file < 0) {
    return failure(ErrorCode::SystemError, fmt::format("access log {}: {}", path_, reason()));
  }
  if (file_ >= 0) ::close(file_);
  file_ = file;
  return {};
}

/// Begins a new file when the old one has another name by now.
void AccessLog::follow(Clock::time_point now) {
  if (path_ == "-" || now - looked_at_ < kLookEvery) return;
  looked_at_ = now;
  struct stat there {};
  struct stat open {};
  const bool is_there = ::stat(path_.c_str(), &there) == 0;
  if (::fstat(file_, &open) == 0 && is_there && there.st_ino == open.st_ino &&
      there.st_dev == open.st_dev) {
    return;
  }
  // If that fails, the moved file still takes the lines.
  if (const auto opened = reopen(); !opened) count_lost(now, opened.error().context);
}

void AccessLog::write(const http::AccessRecord& record) {
  const std::string line = access_line(record, std::chrono::system_clock::now());
  const auto now = Clock::now();
  const std::scoped_lock lock(mutex_);
  follow(now);
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return;
  ++lost_lines_;
  count_lost(now, written < 0 ? reason() : "the disk is full");
}

void AccessLog::count_lost(Clock::time_point now, const std::string& why) {
  if (complained_at_ != Clock::time_point{} && now - complained_at_ < kComplainEvery) return;
  complained_at_ = now;
  if (lost_) lost_(std::exchange(lost_lines_, 0), why);
}

}  // namespace steelyard::gateway
