#pragma once

#include <atomic>
#include <cstdint>

namespace steelyard::inproc {

/// A link of the inbox; the base of what can be put into one.
class Arrival {
 public:
  Arrival() = default;
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  /// The next one of the list it is in; it is in one at a time.
  Arrival* next = nullptr;

 protected:
  ~Arrival() = default;
};

/// Where things wait until somebody runs the scheduler: many push, the one whose turn it is takes
/// all. Order: as pushed.
///
/// Thread safety: `push` and `empty` from any thread, `take_all` from the one whose turn it is.
/// Cost: a push is two atomic operations, repeated only if another thread pushes at the same time.
template <class T>
class Inbox {
 public:
  /// Appends `count` things: the chain that begins with its newest member and ends, along `next`,
  /// with its oldest. Returns how many wait now.
  std::uint32_t push(T& newest, T& oldest, std::uint32_t count) noexcept {
    const std::uint32_t waiting = count_.fetch_add(count, std::memory_order_relaxed) + count;
    oldest.next = newest_.load(std::memory_order_relaxed);
    while (!newest_.compare_exchange_weak(oldest.next, &newest)) {
    }
    return waiting;
  }

  [[nodiscard]] bool empty() const noexcept { return newest_.load() == nullptr; }

  /// Everything that has arrived, the oldest first, linked by `next`.
  [[nodiscard]] T* take_all() noexcept {
    if (empty()) return nullptr;
    Arrival* oldest = nullptr;
    std::uint32_t count = 0;
    for (Arrival* taken = newest_.exchange(nullptr); taken != nullptr; ++count) {
      Arrival* const older = taken->next;
      taken->next = oldest;
      oldest = taken;
      taken = older;
    }
    count_.fetch_sub(count, std::memory_order_relaxed);
    return static_cast<T*>(oldest);
  }

  /// The one after `thing` in what was taken.
  [[nodiscard]] static T* after(const T& thing) { return static_cast<T*>(thing.next); }

 private:
  std::atomic<Arrival*> newest_{nullptr};
  std::atomic<std::uint32_t> count_{0};  // beside it, because who pushes owns that cache line
};

}  // namespace steelyard::inproc
