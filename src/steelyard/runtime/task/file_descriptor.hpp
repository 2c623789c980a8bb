#pragma once

#include <string_view>
#include <utility>

#include <sys/types.h>

#include "steelyard/base/result.hpp"

namespace steelyard {

/// Owns an open file descriptor and closes it.
/// Thread safety: none.
class FileDescriptor {
 public:
  /// Owns nothing; `get()` is -1.
  FileDescriptor() = default;
  /// Takes over `fd`.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  /// The number to give to system calls, or -1.
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  /// Closes now; nothing happens when nothing is owned.
  void close() noexcept;

 private:
  int fd_ = -1;
};

/// Both ends of a pipe.
struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

/// A pipe whose ends close on exec and never are 0, 1 or 2, so that they can be put there.
/// Errors: SystemError.
[[nodiscard]] Result<Pipe> make_pipe();

/// Reads and writes on `fd` return at once from now on. Errors: SystemError.
[[nodiscard]] Result<void> make_non_blocking(int fd);

/// write(2) on a pipe whose reader may be gone: then -1 with errno EPIPE, never a SIGPIPE.
/// The signal is held back for this thread and this call only; the program's own handling of
/// SIGPIPE, its handlers and its masks stay as they are.
[[nodiscard]] ssize_t write_without_sigpipe(int fd, std::string_view bytes) noexcept;

/// A SystemError saying what was tried and why it was refused.
/// `error_number` is a value of errno.
[[nodiscard]] tl::unexpected<Error> system_failure(std::string_view what, int error_number);

}  // namespace steelyard
