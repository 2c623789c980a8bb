#pragma once

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"

namespace steelyard {

/// Wakes a thread that waits in poll(2): readable from `set` until `clear`.
/// Thread safety: `set` may be called from any thread.
class WakeEvent {
 public:
  /// Errors: SystemError.
  [[nodiscard]] static Result<WakeEvent> make();

  /// To be polled for reading.
  [[nodiscard]] int fd() const { return event_.get(); }
  void set() const noexcept;
  void clear() const noexcept;

 private:
  explicit WakeEvent(FileDescriptor event) : event_(std::move(event)) {}

  FileDescriptor event_;
};

}  // namespace steelyard
