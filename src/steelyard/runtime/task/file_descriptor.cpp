#include "steelyard/runtime/task/file_descriptor.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace steelyard {
namespace {

constexpr int kFirstFreeNumber = 3;

/// Holds SIGPIPE back from the calling thread; restores the thread's mask at its end.
class SigpipeBlock {
 public:
  SigpipeBlock() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &former_);
  }
  ~SigpipeBlock() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

  /// Takes away the signal that our own write raised. One that was pending before is not ours.
  void swallow() noexcept {
    const timespec at_once{};
    while (!was_pending_ && sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }

 private:
  sigset_t sigpipe_;
  sigset_t former_;
  bool was_pending_ = false;
};

Result<FileDescriptor> above_standard_streams(FileDescriptor fd) {
  if (fd.get() >= kFirstFreeNumber) return fd;
  FileDescriptor moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeNumber));
  if (!moved.valid()) return system_failure("cannot duplicate a pipe", errno);
  return moved;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("cannot make a pipe", errno);
  FileDescriptor first(ends[0]);
  FileDescriptor second(ends[1]);
  auto read_end = above_standard_streams(std::move(first));
  if (!read_end) return tl::unexpected(read_end.error());
  auto write_end = above_standard_streams(std::move(second));
  if (!write_end) return tl::unexpected(write_end.error());
  return Pipe{std::move(*read_end), std::move(*write_end)};
}

Result<void> make_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return system_failure("cannot make a pipe non-blocking", errno);
  }
  return {};
}

ssize_t write_without_sigpipe(int fd, std::string_view bytes) noexcept {
  SigpipeBlock block;
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int error_number = errno;
  if (written < 0 && error_number == EPIPE) block.swallow();
  errno = error_number;
  return written;
}

tl::unexpected<Error> system_failure(std::string_view what, int error_number) {
  return failure(ErrorCode::SystemError,
                 fmt::format("{}: {}", what, std::generic_category().message(error_number)));
}

}  // namespace steelyard
