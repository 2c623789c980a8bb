#include <algorithm>
#include <tuple>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Jobs that wait for their time, and jobs whose time is over.
namespace steelyard::core {

/// The job, which is in no list, waits until then. The caller keeps the book.
void Scheduler::delay(std::uint32_t slot, TimePoint until) {
  jobs_[slot].state = JobState::Delayed;
  delay_timers_.set(slot, until);
}

/// Queues those whose time has come: new ones at the end, in the order of their times and numbers,
/// those that were tried already in front. Adds their lanes to `lanes`, for the caller to place.
void Scheduler::queue_delayed(std::vector<LaneId>& lanes) {
  std::vector<std::tuple<TimePoint, SessionId, std::uint64_t, std::uint32_t>> ready;
  while (!delay_timers_.empty() && delay_timers_.top_key() <= now_) {
    const std::uint32_t slot = delay_timers_.top();
    ready.emplace_back(delay_timers_.top_key(), jobs_[slot].session, jobs_[slot].sequence, slot);
    delay_timers_.erase(slot);
  }
  std::ranges::sort(ready);
  for (const auto& [due, session, sequence, slot] : ready) {
    Job& job = jobs_[slot];
    STEELYARD_ASSERT(job.state == JobState::Delayed);
    const bool is_new = job.order == 0;
    if (is_new) {
      job.order = ++next_order_;
      // The lane is sorted by arrival, and others may have come since it was due.
      job.arrival = now_;
    }
    job.state = JobState::Queued;
    book_.due(lanes_.info(job.lane));
    enter_lane(job.lane, slot, !is_new);
    if (lanes.empty() || lanes.back() != job.lane) lanes.push_back(job.lane);
  }
}

/// Back-off with half of it left to chance, so that jobs that failed together do not come back
/// together ("equal jitter": Brooker, "Exponential Backoff And Jitter", AWS 2015).
Duration Scheduler::back_off(std::uint32_t failures) {
  if (failures == 0) return Duration::zero();
  Duration longest = options_.retry_first;
  for (std::uint32_t i = 1; i < failures && longest < options_.retry_max; ++i) longest *= 2;
  longest = std::min(longest, options_.retry_max);
  if (longest <= Duration::zero()) return Duration::zero();
  const auto half = static_cast<std::uint64_t>(longest.count()) / 2;
  return longest - Duration(static_cast<Duration::rep>(random_.below(half + 1)));
}

/// Nothing but a timer says so: what waits in a lane is not looked at otherwise.
void Scheduler::expire_waiting() {
  while (!start_timers_.empty() && start_timers_.top_key() <= now_) {
    answer_waiting(start_timers_.top(), ErrorCode::Expired);
  }
}

/// Whether the job, which is about to be assigned, came too late for that, and was told so.
bool Scheduler::expire_if_late(std::uint32_t slot) {
  if (jobs_[slot].start_by > now_) return false;
  answer_waiting(slot, ErrorCode::Expired);
  return true;
}

Duration Scheduler::sweep_period() const {
  constexpr Duration kShortest = std::chrono::seconds(1);
  return std::max(options_.max_job_age / 100, kShortest);
}

Duration Scheduler::unserved_period() const {
  constexpr Duration kShortest = std::chrono::milliseconds(10);
  return std::max(options_.unserved_ttl / 10, kShortest);
}

/// From now on no worker serves the queue.
void Scheduler::note_unserved(QueueId queue) {
  if (queue.index() >= unserved_since_.size()) unserved_since_.resize(queue.index() + 1);
  unserved_since_[queue.index()] = now_;
}

/// Jobs of a queue that nobody has served for too long: its name is wrong, or its workers are gone.
void Scheduler::fail_unserved() {
  if (now_ < next_unserved_look_) return;
  next_unserved_look_ = jobs_.live() == 0 ? strategy::kNever : now_ + unserved_period();
  std::vector<LaneId> unserved;
  for (const LaneId lane : lanes_.waiting()) {
    if (lanes_.info(lane).pools == 0 && !workers_.serves(lanes_.info(lane).queue)) {
      unserved.push_back(lane);
    }
  }
  for (const LaneId lane : unserved) fail_unserved_in(lane);
}

/// A lane is sorted by arrival: behind one that may wait on, all may.
void Scheduler::fail_unserved_in(LaneId lane) {
  const QueueId queue = lanes_.info(lane).queue;
  const bool was_served = queue.index() < unserved_since_.size();
  const TimePoint since = was_served ? unserved_since_[queue.index()] : TimePoint();
  while (lanes_.info(lane).waiting > 0) {
    const std::uint32_t slot = lanes_.head(lane);
    if (now_ - std::max(jobs_[slot].arrival, since) < options_.unserved_ttl) return;
    answer_waiting(slot, ErrorCode::NoSuchTask);
  }
}

/// Ends what has waited or run for longer than anything should. Looked for now and then only, so
/// that no job needs a timer for it.
void Scheduler::sweep_old() {
  if (now_ < next_sweep_) return;
  next_sweep_ = jobs_.live() == 0 ? strategy::kNever : now_ + sweep_period();
  const TimePoint oldest = now_ - options_.max_job_age;
  std::vector<std::uint32_t> old;
  jobs_.each([&](std::uint32_t slot) {
    if (jobs_[slot].arrival <= oldest) old.push_back(slot);
  });
  for (const std::uint32_t slot : old) {
    const Job& job = jobs_[slot];
    if (is_waiting(job.state)) {
      answer_waiting(slot, ErrorCode::Expired);
    } else if (job.state == JobState::Running && job.stopping == 0) {
      request_stop(slot, StopReason::Unwanted);
    }
  }
}

}  // namespace steelyard::core
