#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/standing.hpp"

namespace steelyard::core {

inline constexpr std::uint32_t kNoJob = 0xffff'ffff;

/// Stored: settled, its answer is kept for those who ask.
enum class JobState : std::uint8_t { Free, Queued, Running, Returning, Stored };

/// One unsettled job. A job is linked in one list at most: its lane's while Queued, its worker's
/// while Running, and its worker's other one while Returning with the result kept there.
struct Job {
  std::uint64_t sequence = 0;
  std::uint64_t order = 0;  ///< place in the one order of arrival
  PayloadRef payload;
  PayloadRef result;
  TimePoint arrival;
  TimePoint start_by;  ///< when it should have begun; strategy::kNever: it does not matter
  TimePoint renewed;   ///< when its lease was granted or last listed in a beat, its result kept
  SessionId session;
  LaneId lane;
  WorkerId worker;  ///< that runs it, or keeps its result
  std::uint32_t next = kNoJob;
  std::uint32_t previous = kNoJob;
  std::uint32_t stamp = 0;  ///< changes with every use of the slot and every attempt
  std::uint16_t attempt = 0;
  JobState state = JobState::Free;
  Outcome outcome = Outcome::Finished;
  std::uint8_t error = 0;       ///< 1 + ErrorCode of the answer; 0: none
  bool was_lost = false;        ///< an attempt of it was lost with its worker
  bool received = false;        ///< its requester has the result of the running attempt
  bool keep = false;            ///< to be stored once it is settled
  bool asked_for = false;       ///< its result was asked of the worker that keeps it
  std::uint32_t ahead_ns = 0;   ///< expected run time of one beyond its worker's slots; 0: it runs
  std::uint32_t waited_us = 0;  ///< from its arrival to its last assignment
  std::uint32_t run_time_us = 0;  ///< of the attempt that was answered
  std::uint32_t charged_us = 0;   ///< to its user, for the attempt that runs
  /// When it was expected to begin, if that was estimated when it came; see EstimateQuality.
  std::uint32_t soonest_ms = 0;
  std::uint32_t expected_ms = 0;
  std::uint32_t latest_ms = 0;  ///< 0: it was not
};

/// Where it is in its life, as told to those who ask.
[[nodiscard]] Standing standing_of(const Job& job);

/// As Job notes times, in 71 minutes at most.
[[nodiscard]] inline std::uint32_t whole_microseconds(Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 0, UINT32_MAX));
}

/// Slots for jobs, found by index. Grows in blocks, so that growing copies nothing.
///
/// Cost: O(1); one allocation per kBlockJobs jobs at the first peak. Thread safety: none.
class JobTable {
 public:
  /// A free slot, now in use, with a fresh stamp. The number of jobs is limited by the caller.
  std::uint32_t allocate();
  void release(std::uint32_t slot);

  [[nodiscard]] Job& operator[](std::uint32_t slot) {
    return blocks_[slot / kBlockJobs][slot % kBlockJobs];
  }
  [[nodiscard]] const Job& operator[](std::uint32_t slot) const {
    return blocks_[slot / kBlockJobs][slot % kBlockJobs];
  }

  /// The slot of a live job whose stamp is the lease's; kNoJob when the lease is stale or forged.
  [[nodiscard]] std::uint32_t find(Lease lease) const;

  [[nodiscard]] std::uint32_t live() const { return live_; }
  /// One more than the largest slot ever used; for walks over all jobs.
  [[nodiscard]] std::uint32_t extent() const { return extent_; }

 private:
  static constexpr std::uint32_t kBlockJobs = 4096;

  std::vector<std::unique_ptr<Job[]>> blocks_;
  std::uint32_t free_ = kNoJob;  // list of released slots through Job::next
  std::uint32_t extent_ = 0;
  std::uint32_t live_ = 0;
};

}  // namespace steelyard::core
