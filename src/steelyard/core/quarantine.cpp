#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Jobs whose workers died one after another: kept, with what is known about it, until somebody
/// decides.
namespace steelyard::core {

/// The job is settled: whoever waited for it was told.
void Scheduler::quarantine(std::uint32_t slot) {
  Job& job = jobs_[slot];
  job.state = JobState::Quarantined;
  job.detached = true;
  job.received = false;  // that was of its being here
  ++session(job.session).stored;
  quarantined_.push_back(slot);
  append_if_journalled(Append::What::Changed, slot);
  limit_quarantine();
}

/// Drops the oldest ones beyond the limit.
void Scheduler::limit_quarantine() {
  while (quarantined_.size() > options_.max_quarantined_jobs) {
    ++troubles_.dropped_from_quarantine;
    drop_from_quarantine(quarantined_.front());
  }
}

void Scheduler::on(const QuarantineDecided& event) {
  AnswerQuarantine answer{event.by, event.request};
  const bool may = may_ask(event.by, event.session, event.sequence);
  const std::uint32_t slot = may ? find(event.session, event.sequence) : kNoJob;
  LaneId lane;
  if (slot != kNoJob && jobs_[slot].state == JobState::Quarantined) {
    answer.outcome = event.release ? Standing::Queued : Standing::Cancelled;
    if (event.release) {
      lane = jobs_[slot].lane;
      release_from_quarantine(slot);
    } else {
      drop_from_quarantine(slot);
    }
  }
  emit(answer);
  if (lane.valid()) place_lane(lane);
}

/// It runs once more as if it had just been handed in. Nobody waits for it: its answer is stored.
void Scheduler::release_from_quarantine(std::uint32_t slot) {
  Job& job = jobs_[slot];
  std::erase(quarantined_, slot);
  --session(job.session).stored;
  job.state = JobState::Queued;
  job.outcome = Outcome::Finished;
  job.error = 0;
  job.attempt = 0;
  job.deaths = 0;
  job.keep = true;
  job.given = false;
  job.arrival = now_;
  // Its time to begin was before; who releases it wants it to run.
  job.start_by = strategy::kNever;
  ++job.stamp;
  book_.released(lanes_.info(job.lane));
  job.order = ++next_order_;
  enter_lane(job.lane, slot, false);
  append_if_journalled(Append::What::Changed, slot);
  if (stopping_ && !job.journal) answer_waiting(slot, ErrorCode::Stopped);
}

void Scheduler::drop_from_quarantine(std::uint32_t slot) {
  Job& job = jobs_[slot];
  STEELYARD_ASSERT(job.state == JobState::Quarantined);
  std::erase(quarantined_, slot);
  const SessionId id = job.session;
  --session(id).stored;
  book_.dropped(lanes_.info(job.lane));
  lanes_.settle(job.lane);
  forget(id, job.payload);
  job.payload = {};
  release(slot);
  forget_if_over(id);
}

}  // namespace steelyard::core
