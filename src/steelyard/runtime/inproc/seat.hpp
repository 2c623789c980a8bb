#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/runtime/future/wait_word.hpp"
#include "steelyard/runtime/inproc/job_node.hpp"

namespace steelyard::inproc {

struct WorkerPlace;

/// A job that the scheduler gave to a worker.
struct Assignment {
  JobNode* job = nullptr;
  Lease lease;
  std::uint64_t sequence = 0;
};

/// What came of the job that was run last; read by the one whose turn it is.
struct SeatReport {
  JobNumber number = 0;
  AttemptEnding ending = AttemptEnding::Finished;
  bool used_state = false;
  TimePoint ended;
  Duration run_time{};   ///< without the load
  Duration load_time{};  ///< zero: nothing was loaded
  bool load_failed = false;
  std::uint64_t state_bytes = 0;
};

/// One thread of a worker, and the one place through which it is given work.
///
/// Who runs the scheduler gives (`give_…`), the seat's own thread takes (`look`, `wait`): a job
/// goes from one to the other without a lock, and without a system call if the thread is awake.
///
/// Invariant: a seat is given a job only after its last report was handled.
class Seat : public Arrival {
 public:
  enum class Given : std::uint8_t { Job, Leave, Alarm };

  /// For the one whose turn it is: these say whether the thread is asleep and must be woken, by
  /// `wake`, which may be done later.
  [[nodiscard]] bool give_job(const Assignment& given);
  [[nodiscard]] bool give_leave();
  /// Asks the idle thread to look after the time: to take an Alarm `at`. A job ends the request.
  [[nodiscard]] bool give_alarm(TimePoint at);
  void clear_alarm() { alarm_.store(kNoAlarm, std::memory_order_relaxed); }
  void wake() const { wake_one(&signal_); }

  /// For the seat's thread: takes what it was given, if anything.
  [[nodiscard]] std::optional<Given> look();
  /// As above, waiting for it. Soon: this thread's report was left with the one whose turn it is.
  enum class Expect : std::uint8_t { Soon, Whenever };
  [[nodiscard]] Given wait(Expect expect);

  /// For its next life, after its thread was joined.
  void reset();

  // Constant while its thread runs.
  WorkerPlace* place = nullptr;
  std::jthread thread;

  // Written by the one whose turn it is, read by the thread after it took a job. The job itself
  // is gone once it is delivered.
  Assignment assignment;

  // Written by the thread before it reports.
  SeatReport report;

  /// Attempts it ran, counted by its own thread.
  std::atomic<std::uint64_t> attempts_run{0};

 private:
  static constexpr std::uint32_t kNothing = 0;
  static constexpr std::uint32_t kAsleep = 1;
  static constexpr std::uint32_t kJob = 2;
  static constexpr std::uint32_t kLeave = 3;
  static constexpr std::uint32_t kAlarmChanged = 4;

  [[nodiscard]] bool give(std::uint32_t signal) {
    return signal_.exchange(signal, std::memory_order_acq_rel) == kAsleep;
  }
  /// Sleeps until something is given; returns whether the alarm went off instead.
  [[nodiscard]] bool sleep();

  static constexpr Duration::rep kNoAlarm = 0;

  WaitWord signal_{kNothing};
  // Steady clock, ns since its epoch. Written only by the one whose turn it is.
  std::atomic<Duration::rep> alarm_{kNoAlarm};
};

}  // namespace steelyard::inproc
