#include "steelyard/runtime/future/future_state.hpp"

namespace steelyard {

bool FutureLink::announce_sleeper() noexcept {
  std::uint32_t seen = word_.load(std::memory_order_acquire);
  while ((seen & (kReady | kSleeper)) == 0) {
    if (word_.compare_exchange_weak(seen, seen | kSleeper, std::memory_order_acquire)) return true;
  }
  return (seen & kReady) == 0;
}

void FutureLink::wait() noexcept {
  while (announce_sleeper()) sleep_while(word_, kSleeper);
}

bool FutureLink::wait_until(std::chrono::steady_clock::time_point deadline) noexcept {
  while (announce_sleeper()) {
    if (sleep_while(word_, kSleeper, deadline)) return ready();
  }
  return true;
}

void FutureLink::publish() noexcept {
  const WaitWord* const word = &word_;
  // Each bit is added once, so adding is setting; unlike fetch_or it is one instruction.
  const std::uint32_t before = word_.fetch_add(kReady, std::memory_order_acq_rel);
  STEELYARD_ASSERT((before & kReady) == 0);
  if ((before & kAbandoned) != 0) {
    delete this;
  } else if ((before & kSleeper) != 0) {
    wake_one(word);
  }
}

void FutureLink::abandon() noexcept {
  if ((word_.fetch_add(kAbandoned, std::memory_order_acq_rel) & kReady) != 0) delete this;
}

}  // namespace steelyard
