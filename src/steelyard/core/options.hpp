#pragma once

#include <chrono>
#include <cstdint>

#include "steelyard/base/time.hpp"
#include "steelyard/strategy/estimates.hpp"

namespace steelyard::core {

/// Every limit and time-out of the scheduler. Reaching a limit is a named outcome (ErrorCode).
struct Options {
  std::uint32_t max_queued_jobs = 10'000'000;     ///< QueueFull
  std::int64_t max_queued_jobs_per_user = 1'000;  ///< UserOverLimit; <= 0: no cap; only named users
  std::uint32_t max_queued_jobs_per_queue = 0;    ///< QueueOverLimit; 0: no cap but the total
  std::uint32_t max_unfinished_jobs_per_session = 4'000'000;  ///< SessionFull
  std::uint32_t max_lanes = 100'000;                          ///< TooManyLanes
  std::uint32_t max_workers = 10'000;                         ///< TooManyWorkers
  std::uint32_t max_sessions = 100'000;                       ///< TooManySessions
  /// Expected run time of the jobs that a worker may have beyond its slots, so that it goes on
  /// without a pause; below 4 s (asserted), and zero: none.
  Duration max_unstarted_work{};
  std::uint32_t max_unstarted_jobs = 1'000;  ///< and their number
  std::uint16_t max_attempts = 3;            ///< of a stage: AttemptsExhausted
  std::uint16_t max_hops = 1'000;            ///< how often a job is forwarded: TooManyHops
  /// A job is tried again at once after its worker was lost for the first time, otherwise after
  /// this time, doubling, up to the other, and shortened by up to a half at random.
  Duration retry_first = std::chrono::milliseconds(100);
  Duration retry_max = std::chrono::seconds(60);
  std::uint64_t seed = 0;                         ///< of that chance
  std::uint8_t max_deaths = 3;                    ///< of a job's workers: Quarantined
  std::uint32_t max_quarantined_jobs = 1'000;     ///< beyond it the oldest are dropped
  Duration max_job_age = std::chrono::hours(48);  ///< of one that waits or runs: Expired
  /// For how long jobs wait in a queue that no worker serves, before they fail: NoSuchTask; up to a
  /// tenth more, because it is looked for now and then only. 0: for ever.
  Duration unserved_ttl{};
  /// How long an attempt may go on after it was asked to stop, if its worker says nothing.
  Duration stop_timeout = std::chrono::seconds(30);
  std::uint32_t max_pending_cancels = 10'000;   ///< answered only when their jobs have stopped
  std::uint32_t max_offences_per_worker = 100;  ///< reports about jobs that it never had: Expel
  bool has_log = false;  ///< otherwise jobs that ask for it are refused: NotJournalled
  Duration worker_lost_after = std::chrono::seconds(5);  ///< silence until a worker is lost
  /// How long a worker keeps a result that it gave to the requester itself before it is fetched,
  /// and then how long until it is taken to be lost.
  Duration return_timeout = std::chrono::seconds(5);
  Duration result_ttl = std::chrono::minutes(10);          ///< of a kept answer nobody asks for
  Duration asked_result_ttl = std::chrono::seconds(60);    ///< since somebody asked for it last
  Duration cancelled_job_ttl = std::chrono::minutes(2);    ///< of a cancelled job's
  Duration session_gone_after = std::chrono::seconds(60);  ///< silence until a session is closed
  /// After a state could not be loaded: how long nobody else tries, doubling with each failure.
  Duration load_retry_first = std::chrono::seconds(1);
  Duration load_retry_max = std::chrono::seconds(60);
  std::uint32_t max_pinned_states = 1'000;    ///< TooManyNames
  strategy::Estimates::Prior time_prior{};    ///< of load and run times, before any was measured
  std::uint32_t max_decisions_kept = 10'000;  ///< for `explain`; the oldest are forgotten
};

inline constexpr std::uint32_t kMaxPools = 64;  ///< TooManyPools

}  // namespace steelyard::core
