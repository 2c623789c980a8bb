#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/standing.hpp"

namespace steelyard::core {

inline constexpr std::uint32_t kNoJob = 0xffff'ffff;

/// Stored: settled, its answer is kept for those who ask.
enum class JobState : std::uint8_t {
  Free,
  Delayed,
  Queued,
  Running,
  Returning,
  Stored,
  Quarantined
};

/// One job of which anything is kept. A job is linked in one list at most: its lane's while Queued,
/// its worker's while Running, and its worker's other one while Returning with the result kept
/// there.
struct Job {
  std::uint64_t sequence = 0;
  std::uint64_t order = 0;  ///< place in the one order of arrival
  PayloadRef payload;
  PayloadRef result;
  TimePoint arrival;   ///< in its queue
  TimePoint start_by;  ///< when it should have begun; strategy::kNever: it does not matter
  TimePoint renewed;   ///< when its lease was granted or last listed in a beat, its result kept
  SessionId session;
  LaneId lane;
  WorkerId worker;  ///< that runs it, or keeps its result
  std::uint32_t next = kNoJob;
  std::uint32_t previous = kNoJob;
  KeyId key;
  std::uint32_t stamp = 0;    ///< changes with every use of the slot and every attempt
  std::uint16_t attempt = 0;  ///< of this stage
  JobState state = JobState::Free;
  Outcome outcome = Outcome::Finished;
  std::uint8_t error = 0;           ///< 1 + ErrorCode of the answer; 0: none
  std::uint8_t stopping = 0;        ///< 1 + StopReason that the running attempt was told; 0: none
  std::uint8_t progress = 0;        ///< of the running attempt, in percent
  std::uint8_t deaths = 0;          ///< of workers that ran it
  bool was_lost : 1 = false;        ///< an attempt of it was lost with its worker
  bool received : 1 = false;        ///< its requester has the result of the running attempt
  bool keep : 1 = false;            ///< to be stored once it is settled
  bool asked_for : 1 = false;       ///< its result was asked of the worker that keeps it
  bool journal : 1 = false;         ///< what becomes of it is appended to the log
  bool detached : 1 = false;        ///< its session has had an answer: the next one is only stored
  bool restored : 1 = false;        ///< from the log; its session may hand it in once more
  bool given : 1 = false;           ///< its stored answer, to its session that may not have got it
  bool unpersisted : 1 = false;     ///< its stored answer is not yet on disk
  bool loads : 1 = false;           ///< its running attempt had its worker load a state
  std::uint16_t hop = 0;            ///< how often it was forwarded
  std::uint32_t time_limit_ms = 0;  ///< of an attempt without progress; 0: none
  std::uint32_t ahead_ns = 0;   ///< expected run time of one beyond its worker's slots; 0: it runs
  std::uint32_t waited_us = 0;  ///< up to its last assignment, stages before included
  std::uint32_t run_time_us = 0;         ///< of the last attempt, stages before included
  std::uint32_t waited_before_us = 0;    ///< in stages before this one
  std::uint32_t run_time_before_us = 0;  ///< in stages before this one
  std::uint32_t charged_us = 0;          ///< to its user, for the attempt that runs
  /// When it was expected to begin, if that was estimated when it came; see EstimateQuality.
  std::uint32_t soonest_ms = 0;
  std::uint32_t expected_ms = 0;
  std::uint32_t latest_ms = 0;  ///< 0: it was not
};

/// Whether a job in this state waits to be run.
[[nodiscard]] constexpr bool is_waiting(JobState state) {
  return state == JobState::Queued || state == JobState::Delayed;
}

/// How Job::stopping notes the reason.
[[nodiscard]] constexpr std::uint8_t stopping_bits(StopReason why) {
  return static_cast<std::uint8_t>(1 + static_cast<std::uint8_t>(why));
}

/// Whether the running attempt is to stop, and none is to follow it.
[[nodiscard]] inline bool stops_for_good(const Job& job) {
  return job.stopping != 0 && job.stopping != stopping_bits(StopReason::TimeLimit);
}

/// The attempt that runs, or the last one there was.
[[nodiscard]] inline AttemptNumber number_of(const Job& job) {
  return attempt_number(job.hop, job.attempt);
}

/// Whether an attempt of it may ever have begun.
[[nodiscard]] inline bool was_begun(const Job& job) {
  return job.attempt > 0 || job.hop > 0 || job.was_lost || job.restored;
}

/// Whether it goes on when its session has ended.
[[nodiscard]] inline bool outlives_session(const Job& job) {
  return job.keep || job.journal || job.detached;
}

/// Why it did not finish; nullopt: it has no answer, or finished.
[[nodiscard]] inline std::optional<ErrorCode> error_of(const Job& job) {
  if (job.error == 0) return std::nullopt;
  return static_cast<ErrorCode>(job.error - 1);
}

/// Where it is in its life, as told to those who ask.
[[nodiscard]] Standing standing_of(const Job& job);
[[nodiscard]] Standing standing_of(Outcome outcome);

/// As Job notes times, of which 71 minutes are the most.
[[nodiscard]] inline std::uint32_t whole_microseconds(Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 0, UINT32_MAX));
}

/// The same, of which 49 days are the most.
[[nodiscard]] inline std::uint32_t whole_milliseconds(Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 0, UINT32_MAX - 1));
}

/// Slots for jobs, found by index. Grows in blocks, so that growing copies nothing, and gives empty
/// blocks back, so that a peak leaves nothing behind but one pointer per block.
///
/// Invariant: a lease names one attempt for ever, also when its slot's block was given back since.
/// Cost: O(1), amortised; one allocation per kBlockJobs jobs. Thread safety: none.
class JobTable {
 public:
  /// A free slot, now in use, with a fresh stamp: the lowest block with room has it. The number of
  /// jobs is limited by the caller.
  std::uint32_t allocate();
  void release(std::uint32_t slot);

  /// Requires: the slot is in use.
  [[nodiscard]] Job& operator[](std::uint32_t slot) {
    return blocks_[slot / kBlockJobs].jobs[slot % kBlockJobs];
  }
  [[nodiscard]] const Job& operator[](std::uint32_t slot) const {
    return blocks_[slot / kBlockJobs].jobs[slot % kBlockJobs];
  }

  /// The slot of a live job whose stamp is the lease's; kNoJob when the lease is stale or forged.
  [[nodiscard]] std::uint32_t find(Lease lease) const;
  /// Whether there may have been such a lease.
  [[nodiscard]] bool may_have_been(Lease lease) const;

  /// Calls `visit(slot)` for every slot in use, in their order; it may release that one and others.
  /// Cost: O(largest number of jobs there ever was at once), for those in blocks that are there.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t block = 0; block < blocks_.size(); ++block) {
      for (std::uint32_t i = 0; i < kBlockJobs; ++i) {
        if (!blocks_[block].jobs) break;
        if (blocks_[block].jobs[i].state != JobState::Free) visit(block * kBlockJobs + i);
      }
    }
  }

  [[nodiscard]] std::uint32_t live() const { return live_; }

 private:
  static constexpr std::uint32_t kBlockJobs = 1024;
  struct Block {
    std::unique_ptr<Job[]> jobs;  // null: given back
    std::uint32_t live = 0;
    std::uint32_t used = 0;       // slots from here on were never used
    std::uint32_t free = kNoJob;  // list of released slots through Job::next
  };

  void find_room();
  void give_back(Block& block);

  std::vector<Block> blocks_;
  std::uint32_t open_ = 0;         // no block before this one has room
  std::uint32_t empty_ = 0;        // blocks that are there and hold nothing
  std::uint32_t first_stamp_ = 0;  // no block that was given back has had a higher one
  std::uint32_t live_ = 0;
};

}  // namespace steelyard::core
