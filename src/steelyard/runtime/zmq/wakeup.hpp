#pragma once

namespace steelyard::zmq_runtime {

/// Wakes a thread that waits in a poll. Built on eventfd.
/// Thread safety: `signal` from any thread and from signal handlers.
class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void signal() const noexcept;
  /// Makes the descriptor unreadable again.
  void clear() const noexcept;
  /// Readable once signalled.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace steelyard::zmq_runtime
