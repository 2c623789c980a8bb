#include "steelyard/runtime/inproc/seat.hpp"

namespace steelyard::inproc {

bool Seat::give_job(const Assignment& given) {
  assignment = given;
  clear_alarm();
  return give(kJob);
}

bool Seat::give_leave() {
  return give(kLeave);
}

bool Seat::give_alarm(TimePoint at) {
  alarm_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  return give(kAlarmChanged);
}

void Seat::reset() {
  signal_.store(kNothing, std::memory_order_relaxed);
  clear_alarm();
  place = nullptr;
  assignment = {};
  attempts_run = 0;
}

std::optional<Seat::Given> Seat::look() {
  switch (signal_.load(std::memory_order_acquire)) {
    case kJob:
      signal_.store(kNothing, std::memory_order_relaxed);
      return Given::Job;
    case kLeave:
      signal_.store(kNothing, std::memory_order_relaxed);
      return Given::Leave;
    default:
      return std::nullopt;
  }
}

Seat::Given Seat::wait(Expect expect) {
  if (expect == Expect::Soon) {
    // Who has the turn was perhaps interrupted to let this thread run: it needs the processor.
    std::this_thread::yield();
    if (const auto given = look()) return *given;
  }
  for (;;) {
    if (sleep()) return Given::Alarm;
    if (const auto given = look()) return *given;
  }
}

bool Seat::sleep() {
  std::uint32_t seen = kNothing;
  if (!signal_.compare_exchange_strong(seen, kAsleep, std::memory_order_acquire)) {
    // The alarm was changed while this thread was awake: it sleeps by the new one.
    if (seen == kAlarmChanged) signal_.compare_exchange_strong(seen, kNothing);
    return false;
  }
  const Duration::rep alarm = alarm_.load(std::memory_order_relaxed);
  bool due = false;
  if (alarm == kNoAlarm) {
    sleep_while(signal_, kAsleep);
  } else {
    due = sleep_while(signal_, kAsleep, std::chrono::steady_clock::time_point(Duration(alarm)));
  }
  seen = kAsleep;
  return signal_.compare_exchange_strong(seen, kNothing, std::memory_order_acquire) && due;
}

}  // namespace steelyard::inproc
