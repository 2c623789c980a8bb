#pragma once

#include <chrono>

#include <time.h>

#include "steelyard/runtime/inproc/engine.hpp"

/// What the engine's source files share.
namespace steelyard::inproc {

[[nodiscard]] inline TimePoint read_clock() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

/// The same clock as of the last tick, up to 4 ms ago, for a quarter of the cost. Good enough for
/// when a job arrived: the scheduler's own time, that of the last event, bounds it from below.
[[nodiscard]] inline TimePoint read_coarse_clock() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return TimePoint(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

/// Not storing an equal value leaves the cache line with those who read it.
template <class T>
void set_if_changed(std::atomic<T>& shared, T value) {
  if (shared.load(std::memory_order_relaxed) != value) shared.store(value);
}

/// Runs `body` during a turn, after taking in everything that has arrived.
template <class Body>
void Engine::turn(Body&& body) {
  lock_.lock();
  Aftermath after;
  take_in(after);
  std::forward<Body>(body)(after);
  finish_turns(after);
}

/// Sleeps until `condition()`, which is looked at after every change that somebody may wait for.
template <class Condition>
void Engine::wait_until(Condition&& condition) {
  watchers_.fetch_add(1);
  for (;;) {
    const std::uint32_t seen = changes_.load();
    if (condition()) break;
    sleep_while(changes_, seen);
  }
  watchers_.fetch_sub(1);
}

/// A user's observer may throw; nobody is there to catch it.
template <class Call>
void Engine::tell_observer(Call&& call) const noexcept {
  if (!options_.observer) return;
  try {
    std::forward<Call>(call)(*options_.observer);
  } catch (...) {
    return;
  }
}

}  // namespace steelyard::inproc
