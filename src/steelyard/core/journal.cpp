#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// What is appended to the log, what waits for it, and what comes back from it.
///
/// Work goes ahead of the log; an acknowledgement, and the word that an answer is stored, do not.
namespace steelyard::core {

/// The jobs of the event from `first` up to `end` were accepted.
void Scheduler::append_submitted(const JobsSubmitted& event, std::uint32_t first,
                                 std::uint32_t end) {
  if (!event.journal || first >= end) return;
  appended_ += end - first;
  emit(Append{Append::What::Submitted, event.session, event.first_sequence + first, end - first,
              kNoJob});
}

void Scheduler::append(Append::What what, std::uint32_t slot) {
  ++appended_;
  emit(Append{what, jobs_[slot].session, jobs_[slot].sequence, 1, slot});
}

void Scheduler::append_if_journalled(Append::What what, std::uint32_t slot) {
  if (jobs_[slot].journal) append(what, slot);
}

void Scheduler::on(const Persisted& event) {
  STEELYARD_ASSERT(event.through >= persisted_ && event.through <= appended_);
  persisted_ = event.through;
  log_failing_.reset();
  while (!unwritten_.empty() && unwritten_.front().position <= persisted_) {
    const Unwritten next = unwritten_.front();
    unwritten_.pop_front();
    if (!has_session(next.session) || session(next.session).serial != next.serial) continue;
    --session(next.session).pending_acknowledgements;
    emit(Acknowledge{next.session, next.through, next.unserved,
                     next.journalled_from > 0 ? next.through : 0});
  }
  while (!unwritten_answers_.empty() && unwritten_answers_.front().position <= persisted_) {
    const std::uint32_t slot = jobs_.find(unwritten_answers_.front().job);
    unwritten_answers_.pop_front();
    if (slot != kNoJob) jobs_[slot].unpersisted = false;
  }
}

/// What was not acknowledged and has not begun is refused after all, rather than left in the dark
/// until there is room.
void Scheduler::on(const LogFailing& event) {
  log_failing_ = event.reason;
  for (std::size_t i = 0; i < unwritten_.size(); ++i) {
    const Unwritten entry = unwritten_[i];
    if (entry.journalled_from == 0) continue;
    if (!has_session(entry.session) || session(entry.session).serial != entry.serial) continue;
    take_back_unwritten(entry.session, entry.journalled_from, entry.through);
  }
}

void Scheduler::take_back_unwritten(SessionId id, std::uint64_t first, std::uint64_t last) {
  Reject reject{id, first, 0, *log_failing_, 0, retry_after()};
  const auto tell = [&](std::uint64_t next) {
    if (reject.count > 0) emit(reject);
    reject.first_sequence = next;
    reject.count = 0;
  };
  for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
    const std::uint32_t slot = session(id).jobs.find(sequence);
    const JobState state = slot == kNoJob ? JobState::Free : jobs_[slot].state;
    if (!is_waiting(state) || !jobs_[slot].journal || number_of(jobs_[slot]) > 0) {
      tell(sequence + 1);
      continue;
    }
    give_up_waiting(slot);
    book_.taken_back(lanes_.info(jobs_[slot].lane), state);
    lanes_.settle(jobs_[slot].lane);
    forget(id, jobs_[slot].payload);
    jobs_[slot].payload = {};
    release(slot);
    ++reject.count;
  }
  tell(last + 1);
  forget_if_over(id);
}

void Scheduler::on(const SessionRestored& event) {
  if (event.session.index() >= sessions_.size()) sessions_.resize(event.session.index() + 1);
  Session& restored = sessions_[event.session.index()];
  STEELYARD_ASSERT(!restored.open);
  restored = {};
  restored.open = true;
  restored.away = true;
  restored.principal = event.principal;
  restored.opened_at = now_;
  restored.last_heard = now_;
  restored.serial = ++session_serial_;
  ++open_sessions_;
  set_session_timer(event.session);
}

void Scheduler::on(const JobRestored& event) {
  STEELYARD_ASSERT(event.job.count == 1 && event.job.journal);
  Session& from = session(event.job.session);
  const LaneId lane = open_lane(event.job, true);
  STEELYARD_ASSERT(lane.valid());
  const std::uint32_t slot = add_job(event.job, 0, lane);
  Job& job = jobs_[slot];
  job.restored = true;
  job.hop = event.hop;
  job.arrival = std::min(now_, event.arrival);
  // Its workers may come back as it did.
  note_unserved(event.job.queue);
  // The last attempt may have been on its way when the log was written to last.
  job.attempt = std::min(event.attempt, static_cast<std::uint16_t>(options_.max_attempts - 1));
  job.deaths = event.deaths;
  // One that was in quarantine has lost workers too, and what was noted about it is still there.
  job.was_lost = event.deaths > 0 || event.detached;
  job.detached = event.detached;
  ++from.restored;
  from.restored_through = std::max(from.restored_through, job.sequence);
  restore_place(slot, event);
}

void Scheduler::restore_place(std::uint32_t slot, const JobRestored& event) {
  Job& job = jobs_[slot];
  const strategy::Lane& lane = lanes_.info(job.lane);
  if (event.as == Restored::Waiting) {
    const bool waits = event.job.not_before > now_;
    const bool is_new = waits && event.attempt == 0 && event.hop == 0;
    job.order = is_new ? 0 : ++next_order_;
    job.state = waits ? JobState::Delayed : JobState::Queued;
    book_.restored(lane, job.state, job.outcome);
    waits ? delay(slot, event.job.not_before) : enter_lane(job.lane, slot, false);
    return;
  }
  start_timers_.erase(slot);
  job.order = ++next_order_;
  ++session(job.session).stored;
  if (event.as == Restored::Quarantined) {
    job.state = JobState::Quarantined;
    job.outcome = Outcome::Quarantined;
    job.error = error_bits(ErrorCode::Quarantined);
    book_.restored(lane, job.state, job.outcome);
    quarantined_.push_back(slot);
    return;
  }
  job.state = JobState::Stored;
  job.outcome = event.outcome;
  job.error = error_bits(event.error);
  job.result = event.result;
  job.waited_us = whole_microseconds(event.waited);
  job.run_time_us = whole_microseconds(event.run_time);
  book_.restored(lane, job.state, job.outcome);
  lanes_.settle(job.lane);
  ++stored_;
  store_timers_.set(slot, event.forget_at);
}

}  // namespace steelyard::core
