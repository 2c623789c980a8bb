#pragma once

#include <cstdint>

#include "steelyard/runtime/future/wait_word.hpp"

namespace steelyard::inproc {

/// Whose turn it is to run the scheduler.
///
/// A mutex with two properties that flat combining needs. Its operations are sequentially
/// consistent, so that "leave, then look whether something arrived" and "arrive, then try to enter"
/// cannot both miss each other. And who leaves learns whether another one enters now, who will look
/// instead.
/// Thread safety: full. Cost: one atomic operation to enter and one to leave while nobody waits.
class TurnLock {
 public:
  [[nodiscard]] bool try_lock() noexcept {
    std::uint32_t expected = kFree;
    return word_.load() == kFree && word_.compare_exchange_strong(expected, kHeld);
  }

  void lock() noexcept {
    if (try_lock()) return;
    while (word_.exchange(kWanted) != kFree) sleep_while(word_, kWanted);
  }

  /// Returns whether a waiting thread was woken, which is certain to enter now or later.
  bool unlock() noexcept { return word_.exchange(kFree) == kWanted && wake_one(&word_); }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kWanted = 2;  // held, and somebody may be asleep for it

  WaitWord word_{kFree};
};

}  // namespace steelyard::inproc
