#include "steelyard/runtime/recording/recording_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "steelyard/trace/encode.hpp"

namespace steelyard {
namespace {

/// Kept free at the end of the largest file, for the word that says why it ends.
constexpr std::uint64_t kEndBytes = 256;

std::string text_of(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace

Result<std::shared_ptr<RecordingFile>> RecordingFile::create(const std::string& path,
                                                             const Options& options) {
  const int how = options.overwrite ? O_TRUNC : O_EXCL;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
  if (descriptor < 0) {
    return failure(ErrorCode::SystemError, fmt::format("{}: {}", path, text_of(errno)));
  }
  return std::shared_ptr<RecordingFile>(new RecordingFile(descriptor, options));
}

RecordingFile::RecordingFile(int descriptor, Options options)
    : descriptor_(descriptor), options_(std::move(options)), writer_([this] { write_blocks(); }) {}

RecordingFile::~RecordingFile() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  writer_.join();
  ::close(descriptor_);
}

bool RecordingFile::take(std::string block) {
  std::unique_lock lock(mutex_);
  if (!stopped_.empty()) return false;
  if (!waiting_.empty() && waiting_bytes_ + block.size() > options_.max_waiting_bytes) {
    lock.unlock();
    stop(fmt::format("the disk is too slow for it, more than {} bytes would wait",
                     options_.max_waiting_bytes));
    return false;
  }
  waiting_bytes_ += block.size();
  waiting_.push_back(std::move(block));
  changed_.notify_one();
  return true;
}

/// Writes what was taken, also before the end and when nothing more is taken.
void RecordingFile::write_blocks() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !stopped_.empty() || !waiting_.empty(); });
    if (waiting_.empty()) break;
    const std::string block = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    write_block(block);
    lock.lock();
    waiting_bytes_ -= block.size();
  }
  lock.unlock();
  write_end();
}

void RecordingFile::write_block(std::string_view block) {
  if (written_bytes_ + block.size() + kEndBytes > options_.max_bytes) {
    stop(fmt::format("the file is as large as it may be, {} bytes", options_.max_bytes));
  } else if (!write(block)) {
    stop(fmt::format("the file cannot be written: {}", text_of(errno)));
  } else {
    written_bytes_ += block.size();
    return;
  }
  // What follows would leave a gap.
  const std::scoped_lock lock(mutex_);
  waiting_.clear();
}

/// A part of a block, which a full disk leaves, would make what follows unreadable. That the last
/// word cannot be written either was said already.
void RecordingFile::write_end() {
  std::string end;
  trace::append_end(end, stopped_);
  if (::ftruncate(descriptor_, static_cast<off_t>(written_bytes_)) == 0) {
    ::lseek(descriptor_, 0, SEEK_END);
  }
  static_cast<void>(write(end));
}

bool RecordingFile::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Only the first reason counts.
void RecordingFile::stop(const std::string& why) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopped_.empty()) return;
    stopped_ = why;
  }
  changed_.notify_one();
  if (options_.stopped) options_.stopped(why);
}

}  // namespace steelyard
