#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Results on their way straight from workers to requesters: kept by the worker until the requester
/// says that it has them, fetched when it does not, made again when the worker has lost them.
namespace steelyard::core {

void Scheduler::on(const ResultsReceived& event) {
  Session& from = session(event.session);
  from.last_heard = now_;
  std::vector<WorkerId> freed;
  for (std::uint32_t i = 0; i < event.count; ++i) {
    const std::uint64_t sequence = event.first_sequence + i;
    const std::uint32_t slot = from.jobs.find(sequence);
    const JobState state = slot == kNoJob ? JobState::Free : jobs_[slot].state;
    const bool is_settled =
        state == JobState::Free || state == JobState::Stored || state == JobState::Quarantined;
    const bool is_founded = is_settled ? sequence > 0 && sequence <= from.highest()
                                       : receive_answer(slot, event.attempt, freed);
    if (!is_founded) ++unfounded_receipts_;
    if (slot != kNoJob && is_settled) jobs_[slot].given = false;
    // It may have been the last one of a session that was to end.
    forget_if_over(event.session);
    if (!has_session(event.session)) break;
  }
  for (const WorkerId worker : freed) serve_worker(worker);
}

/// The requester has this job's answer. Returns whether there can be one.
bool Scheduler::receive_answer(std::uint32_t slot, AttemptNumber attempt,
                               std::vector<WorkerId>& freed) {
  Job& job = jobs_[slot];
  if (job.state != JobState::Returning) {
    // A worker's result may be here before its notice, or after the worker was given up.
    if (attempt == 0 || !was_begun(job)) return false;
    if (job.state == JobState::Running) {
      receive_early(slot, attempt, freed);
      return true;
    }
    book_.answered_unstarted(lanes_.info(job.lane), job.state);
    give_up_waiting(slot);
    job.state = JobState::Returning;
    job.outcome = Outcome::Finished;
    ++returns_.direct;
  } else if (job.worker.valid()) {
    ++returns_.direct;
  }
  ++session(job.session).received;
  if (!job.keep) job.received = true;
  settle(slot);
  return true;
}

/// The job runs: either its worker's notice is still on its way, or this attempt is one too many.
void Scheduler::receive_early(std::uint32_t slot, AttemptNumber attempt,
                              std::vector<WorkerId>& freed) {
  Job& job = jobs_[slot];
  if (!job.received) {
    ++returns_.direct;
    ++session(job.session).received;
  }
  job.received = true;
  if (attempt == number_of(job)) return;
  const WorkerId worker = job.worker;
  ++workers_.record(worker).excused;
  emit(StopOnWorker{worker, {slot, job.stamp}});
  answer_attempt(slot, &AttemptLedger::stopped, Outcome::Finished, std::nullopt, PayloadRef{},
                 false);
  freed.push_back(worker);
}

/// The worker gives the answer itself. It is asked for it if no receipt comes.
void Scheduler::keep_at_worker(std::uint32_t slot, WorkerId worker) {
  Job& job = jobs_[slot];
  job.worker = worker;
  job.renewed = now_;
  job.asked_for = false;
  JobList& kept = workers_.record(worker).kept;
  kept.push_back(jobs_, slot);
  if (kept.first == slot) return_timers_.set(worker.value, now_ + options_.return_timeout);
}

/// Asks the worker for what it keeps.
void Scheduler::fetch(std::uint32_t slot) {
  Job& job = jobs_[slot];
  JobList& kept = workers_.record(job.worker).kept;
  emit(FetchResult{job.worker, {slot, job.stamp}});
  kept.remove(jobs_, slot);
  job.asked_for = true;
  job.renewed = now_;
  kept.push_back(jobs_, slot);
}

/// The result is no longer at its worker, or need not be.
void Scheduler::take_from_keeper(std::uint32_t slot) {
  Job& job = jobs_[slot];
  workers_.record(job.worker).kept.remove(jobs_, slot);
  job.worker = WorkerId::none();
}

/// The slot of a job whose result `worker` keeps under `lease`; kNoJob, and said, when it does not.
std::uint32_t Scheduler::kept(WorkerId worker, Lease lease) {
  STEELYARD_ASSERT(workers_.joined(worker));
  workers_.record(worker).last_heard = now_;
  const std::uint32_t slot = jobs_.find(lease);
  if (slot != kNoJob && jobs_[slot].state == JobState::Returning && jobs_[slot].worker == worker) {
    return slot;
  }
  note_stale(worker, lease);
  return kNoJob;
}

void Scheduler::on(const ResultFetched& event) {
  const std::uint32_t slot = kept(event.worker, event.lease);
  if (slot == kNoJob) return forget(SessionId::none(), event.result);
  take_from_keeper(slot);
  emit(ReleaseResult{event.worker, event.lease});
  Job& job = jobs_[slot];
  job.result = event.result;
  ++returns_.fetched;
  ++returns_.through_broker;
  const SessionId requester = job.session;
  if (!is_heard(job)) {
    settle(slot);
    forget_if_over(requester);
  } else {
    deliver(job);
    forget(requester, job.payload);
    job.payload = {};
  }
  dismiss_if_drained(event.worker);
}

void Scheduler::on(const ResultMissing& event) {
  const std::uint32_t slot = kept(event.worker, event.lease);
  if (slot == kNoJob) return;
  const LaneId lane = jobs_[slot].lane;
  lose_result(slot);
  place_lane(lane);
  dismiss_if_drained(event.worker);
}

/// The job was done, but its result is nowhere: it is tried again.
void Scheduler::lose_result(std::uint32_t slot) {
  take_from_keeper(slot);
  Job& job = jobs_[slot];
  ++returns_.lost;
  if (job.attempt >= options_.max_attempts) {
    const bool was_noted = job.error == error_bits(ErrorCode::AttemptsExhausted);
    job.outcome = Outcome::Failed;
    job.error = error_bits(ErrorCode::AttemptsExhausted);
    if (!was_noted) note_failure(job);
    if (!is_heard(job)) {
      const SessionId id = job.session;
      settle(slot);
      return forget_if_over(id);
    }
    deliver(job);
    forget(job.session, job.payload);
    job.payload = {};
    return;
  }
  book_.result_lost(lanes_.info(job.lane));
  job.error = 0;
  job.state = JobState::Queued;
  if (job.start_by != strategy::kNever) start_timers_.set(slot, job.start_by);
  enter_lane(job.lane, slot, true);
  if (stopping_ && !job.journal) answer_waiting(slot, ErrorCode::Stopped);
}

/// Ends those of the results kept by the worker for which `is_lost(slot)`; as lose_leases.
void Scheduler::lose_kept(WorkerId id, const std::function<bool(std::uint32_t)>& is_lost,
                          std::vector<LaneId>& returned) {
  std::vector<std::uint32_t> lost;
  const JobList& kept = workers_.record(id).kept;
  for (std::uint32_t slot = kept.last; slot != kNoJob; slot = jobs_[slot].previous) {
    if (is_lost(slot)) lost.push_back(slot);
  }
  for (const std::uint32_t slot : lost) {
    const LaneId lane = jobs_[slot].lane;
    if (returned.empty() || returned.back() != lane) returned.push_back(lane);
    lose_result(slot);
  }
}

/// Asks for results that are due, and gives up those that were asked for in vain.
void Scheduler::check_returns(WorkerId id, std::vector<LaneId>& returned) {
  JobList& kept = workers_.record(id).kept;
  const TimePoint expired = now_ - options_.return_timeout;
  while (kept.first != kNoJob && jobs_[kept.first].renewed <= expired) {
    const std::uint32_t slot = kept.first;
    Job& job = jobs_[slot];
    if (job.asked_for) {
      returned.push_back(job.lane);
      // It may answer after all.
      ++workers_.record(id).excused;
      lose_result(slot);
    } else {
      fetch(slot);
    }
  }
  if (kept.first == kNoJob) {
    return_timers_.erase(id.value);
  } else {
    return_timers_.set(id.value, jobs_[kept.first].renewed + options_.return_timeout);
  }
  dismiss_if_drained(id);
}

}  // namespace steelyard::core
