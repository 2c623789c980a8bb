#include "steelyard/runtime/future/wait_word.hpp"

#include <cerrno>
#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace steelyard {
namespace {

static_assert(sizeof(WaitWord) == sizeof(std::uint32_t) && WaitWord::is_always_lock_free);

/// steady_clock is CLOCK_MONOTONIC, which is what FUTEX_WAIT_BITSET's absolute time-out means.
long wait(const WaitWord& word, std::uint32_t value, const timespec* deadline) noexcept {
  return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline, nullptr,
                 FUTEX_BITSET_MATCH_ANY);
}

long wake(const WaitWord* word, int count) noexcept {
  return syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

}  // namespace

void sleep_while(const WaitWord& word, std::uint32_t value) noexcept {
  wait(word, value, nullptr);
}

bool sleep_while(const WaitWord& word, std::uint32_t value,
                 std::chrono::steady_clock::time_point deadline) noexcept {
  const auto since_boot = deadline.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  const std::chrono::nanoseconds rest = since_boot - seconds;
  timespec until{};
  until.tv_sec = seconds.count() < 0 ? 0 : seconds.count();
  until.tv_nsec = seconds.count() < 0 ? 0 : rest.count();
  return wait(word, value, &until) != 0 && errno == ETIMEDOUT;
}

bool wake_one(const WaitWord* word) noexcept {
  return wake(word, 1) > 0;
}

void wake_all(const WaitWord* word) noexcept {
  wake(word, INT_MAX);
}

}  // namespace steelyard
