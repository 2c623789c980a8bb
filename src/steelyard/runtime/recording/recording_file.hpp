#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "steelyard/base/result.hpp"
#include "steelyard/trace/recorder.hpp"

namespace steelyard {

/// The file that a recording goes into, written by a thread of its own, so that whoever records
/// never waits for the disk.
///
/// Recording stops for good, with a word in the file, when the file is as large as it may be, the
/// disk is so slow that `max_waiting_bytes` wait for it, or cannot be written. Nothing else is
/// disturbed. Thread safety: `take` from one thread.
class RecordingFile final : public trace::Sink {
 public:
  struct Options {
    std::uint64_t max_bytes = 1'000'000'000;
    std::uint64_t max_waiting_bytes = std::uint64_t{16} << 20;
    bool overwrite = false;  ///< a file that is there already
    /// Told once, on any thread, why the recording stopped before its end.
    std::function<void(std::string_view why)> stopped{};
  };

  /// Makes the file, readable by its owner only.
  /// Errors: SystemError, also when there is such a file and `overwrite` is not set.
  [[nodiscard]] static Result<std::shared_ptr<RecordingFile>> create(const std::string& path,
                                                                     const Options& options);
  /// Writes what waits, and that the recording has ended.
  ~RecordingFile() override;

  bool take(std::string block) override;

 private:
  RecordingFile(int descriptor, Options options);
  void write_blocks();
  void write_block(std::string_view block);
  void write_end();
  [[nodiscard]] bool write(std::string_view bytes) const;
  void stop(const std::string& why);

  const int descriptor_;
  const Options options_;
  std::uint64_t written_bytes_ = 0;  // in whole blocks; the writing thread's

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<std::string> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  std::string stopped_;  // why; empty: it has not
  bool ending_ = false;

  std::jthread writer_;  // the last member: it uses all others
};

}  // namespace steelyard
