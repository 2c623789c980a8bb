#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "steelyard/base/time.hpp"
#include "steelyard/core/time_histogram.hpp"

namespace steelyard::core {

/// Where the accepted jobs are: a double-entry count, kept in total, per queue and per user.
///
/// Invariant: accepted = delayed + queued + running + returning + finished + failed + cancelled +
/// expired + quarantined. A queue's has a door on each side: accepted + forwarded_in = all that +
/// forwarded_out; in total and per user these two are the same.
struct JobLedger {
  std::uint64_t accepted = 0;
  std::uint64_t forwarded_in = 0;   ///< came from another queue, or from this one once more
  std::uint64_t forwarded_out = 0;  ///< went on to another queue, or to this one once more
  std::uint64_t delayed = 0;        ///< wait for their time, or for another attempt
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t returning = 0;  ///< done, its requester has not yet said that it has the answer
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t expired = 0;      ///< could not begin in time
  std::uint64_t quarantined = 0;  ///< are kept until somebody decides

  [[nodiscard]] bool balanced() const {
    return accepted + forwarded_in == delayed + queued + running + returning + finished + failed +
                                          cancelled + expired + quarantined + forwarded_out;
  }
  /// Jobs that wait to be run.
  [[nodiscard]] std::uint64_t waiting() const { return delayed + queued; }
  /// Jobs that are not yet settled.
  [[nodiscard]] std::uint64_t unfinished() const { return delayed + queued + running + returning; }
  friend bool operator==(const JobLedger&, const JobLedger&) = default;
};

/// What became of the assignments. A job has one attempt per assignment.
///
/// Invariant: dispatched = running + completed + failed + lost + stopped + handed_back.
struct AttemptLedger {
  std::uint64_t dispatched = 0;
  std::uint64_t running = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;       ///< the work function reported an error
  std::uint64_t lost = 0;         ///< the worker, or the assignment on its way, was lost
  std::uint64_t stopped = 0;      ///< cancelled, over its time limit, or needed no more
  std::uint64_t handed_back = 0;  ///< returned unstarted

  [[nodiscard]] bool balanced() const {
    return dispatched == running + completed + failed + lost + stopped + handed_back;
  }
  friend bool operator==(const AttemptLedger&, const AttemptLedger&) = default;
};

/// How the results of attempts reached their requesters.
struct Returns {
  std::uint64_t direct = 0;          ///< given by the worker, and the requester said that it has it
  std::uint64_t through_broker = 0;  ///< delivered by the scheduler
  std::uint64_t fetched = 0;         ///< of these: kept at the worker first
  std::uint64_t lost = 0;            ///< kept at a worker that lost it: the job was tried again
  friend bool operator==(const Returns&, const Returns&) = default;
};

/// A sum of many times, in nanoseconds; as a Duration it would end after 292 years of waiting,
/// which ten million jobs have together in a quarter of an hour. Exact to one part in 10^15.
using TimeSum = std::chrono::duration<double, std::nano>;

/// Where jobs spent their time, as sums; for means.
struct TimeSpent {
  TimeSum waiting{};  ///< from arrival to assignment, over all `dispatched` attempts
  TimeSum running{};  ///< as reported by the worker, over the `measured` attempts
  std::uint64_t measured = 0;
  Duration longest_wait{};  ///< of one attempt
};

/// How the times of a queue's jobs are spread. Means need no more than TimeSpent.
struct TimeSpread {
  Duration shortest_wait = Duration::max();  ///< until something was assigned
  Duration shortest_run = Duration::max();   ///< until something was measured
  Duration longest_run{};
  TimeHistogram waits;  ///< of all `dispatched` attempts
  TimeHistogram runs;   ///< of all `measured` ones

  void waited(Duration time) {
    shortest_wait = std::min(shortest_wait, time);
    waits.add(time);
  }
  void ran(Duration time) {
    shortest_run = std::min(shortest_run, time);
    longest_run = std::max(longest_run, time);
    runs.add(time);
  }
  void add(const TimeSpread& others) {
    shortest_wait = std::min(shortest_wait, others.shortest_wait);
    shortest_run = std::min(shortest_run, others.shortest_run);
    longest_run = std::max(longest_run, others.longest_run);
    waits.add(others.waits);
    runs.add(others.runs);
  }
};

/// All counters of one group of jobs.
struct Counters {
  JobLedger jobs;
  AttemptLedger attempts;
  TimeSpent time;
};

}  // namespace steelyard::core
