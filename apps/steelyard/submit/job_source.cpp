#include "submit/job_source.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace steelyard::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

std::string reason(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

tl::unexpected<Error> unreadable(const std::string& name, int error_number) {
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("cannot read '{}': {}", name, reason(error_number)));
}

tl::unexpected<Error> too_long(std::string_view what) {
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("{} has more than {} bytes, the most that can be sent as one job",
                             what, kMaxPayloadBytes));
}

/// Appends what one read gives; the number of bytes, 0 at the end, or -1 with errno.
ssize_t append_from(int fd, std::string& into) {
  const std::size_t before = into.size();
  into.resize(before + kReadBytes);
  ssize_t size = 0;
  do {
    size = ::read(fd, into.data() + before, kReadBytes);
  } while (size < 0 && errno == EINTR);
  into.resize(before + static_cast<std::size_t>(size > 0 ? size : 0));
  return size;
}

}  // namespace

Result<std::vector<std::string>> OneJob::next() {
  std::vector<std::string> jobs;
  if (payload_) jobs.push_back(std::move(*payload_));
  payload_.reset();
  return jobs;
}

LineJobs::LineJobs(FileDescriptor file, const Options& options)
    : file_(std::move(file)), options_(options), stopped_(::eventfd(0, EFD_CLOEXEC)) {
  struct stat status {};
  if (::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  }
}

Result<std::vector<std::string>> LineJobs::next() {
  std::vector<std::string> jobs;
  cut_lines(jobs);
  while (!ended_ && jobs.size() < (options_.whole_batches ? options_.max_jobs : 1)) {
    if (!wait_readable()) return std::vector<std::string>();
    if (auto read = read_some(); !read) return tl::unexpected(read.error());
    cut_lines(jobs);
  }
  return jobs;
}

void LineJobs::stop() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stopped_.get(), &one, sizeof one));
}

std::optional<double> LineJobs::read_part() const {
  if (file_bytes_ == 0) return std::nullopt;
  return static_cast<double>(read_bytes_) / static_cast<double>(file_bytes_);
}

/// Returns false when it was stopped.
bool LineJobs::wait_readable() const {
  std::array<pollfd, 2> fds{{{file_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  return fds[1].revents == 0;
}

Result<void> LineJobs::read_some() {
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
  const ssize_t size = append_from(file_.get(), buffer_);
  if (size <= 0) ended_ = true;
  if (size < 0) {
    return failure(ErrorCode::SystemError, fmt::format("cannot read further: {}", reason(errno)));
  }
  if (buffer_.size() > kMaxPayloadBytes) {
    ended_ = true;
    return too_long("a line");
  }
  read_bytes_ += static_cast<std::uint64_t>(size);
  return {};
}

void LineJobs::cut_lines(std::vector<std::string>& into) {
  while (into.size() < options_.max_jobs) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end == std::string::npos) break;
    into.push_back(buffer_.substr(start_, end - start_));
    start_ = scanned_ = end + 1;
  }
  if (into.size() == options_.max_jobs) return;
  scanned_ = buffer_.size();
  if (ended_ && start_ < buffer_.size()) {
    into.push_back(buffer_.substr(start_));
    start_ = buffer_.size();
  }
}

Result<FileDescriptor> open_input(const std::string& name) {
  FileDescriptor file(name == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return unreadable(name, errno);
  if (S_ISDIR(status.st_mode)) return unreadable(name, EISDIR);
  return file;
}

Result<std::string> read_input(const std::string& name) {
  auto file = open_input(name);
  if (!file) return tl::unexpected(file.error());
  std::string bytes;
  ssize_t size = 1;
  while (size > 0) {
    size = append_from(file->get(), bytes);
    if (size < 0) return unreadable(name, errno);
    if (bytes.size() > kMaxPayloadBytes) return too_long("'" + name + "'");
  }
  return bytes;
}

}  // namespace steelyard::cli
