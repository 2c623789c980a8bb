#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

/// Sleeping until a 32-bit word changes: the operating system's futex, which costs nothing while
/// nobody sleeps and, unlike std::atomic::wait, knows time-outs.
namespace steelyard {

using WaitWord = std::atomic<std::uint32_t>;

/// Sleeps while `word` has `value`. May return early: the caller looks again.
void sleep_while(const WaitWord& word, std::uint32_t value) noexcept;

/// As above, until `deadline` at the latest. Returns whether the deadline passed.
[[nodiscard]] bool sleep_while(const WaitWord& word, std::uint32_t value,
                               std::chrono::steady_clock::time_point deadline) noexcept;

/// Wakes one sleeper, or all, if there are any; `wake_one` returns whether there was one. Only the
/// address is used: the word may be gone by now, because it was changed before, and who saw that
/// may have gone on; a stranger woken by it looks again.
bool wake_one(const WaitWord* word) noexcept;
void wake_all(const WaitWord* word) noexcept;

}  // namespace steelyard
