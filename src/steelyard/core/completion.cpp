#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// How attempts end, and how jobs are answered and settled.
namespace steelyard::core {
namespace {

/// What becomes of a job that is answered while it waits.
Outcome outcome_of_unstarted(ErrorCode why) {
  if (why == ErrorCode::Expired) return Outcome::Expired;
  return why == ErrorCode::NoSuchTask ? Outcome::Failed : Outcome::Cancelled;
}

/// Whether the answer is the scheduler's own and no attempt's.
bool is_unstarted(Outcome outcome) {
  return outcome == Outcome::Cancelled || outcome == Outcome::Expired;
}

}  // namespace

/// How a job notes the error of its answer; 0 is none.
std::uint8_t Scheduler::error_bits(std::optional<ErrorCode> error) {
  return error ? static_cast<std::uint8_t>(1 + static_cast<std::uint8_t>(*error)) : 0;
}

/// The slot of a running job that `worker` holds under `lease`; kNoJob when the report is late,
/// forged or repeated, which is counted and said, and what it brought is forgotten.
std::uint32_t Scheduler::leased(WorkerId worker, Lease lease, PayloadRef brought) {
  STEELYARD_ASSERT(workers_.joined(worker));
  workers_.record(worker).last_heard = now_;
  const std::uint32_t slot = jobs_.find(lease);
  if (slot != kNoJob && jobs_[slot].state == JobState::Running && jobs_[slot].worker == worker) {
    std::uint32_t& offences = workers_.record(worker).offences;
    offences -= offences > 0 ? 1 : 0;
    return slot;
  }
  if (slot != kNoJob && jobs_[slot].state == JobState::Returning && jobs_[slot].worker == worker) {
    // It says again that it keeps the result, which is on its way: that is given time.
    take_from_keeper(slot);
    keep_at_worker(slot, worker);
  } else {
    note_stale(worker, lease);
  }
  forget(SessionId::none(), brought);
  return kNoJob;
}

/// A report about a lease that the worker does not have. When the core took that from it, the two
/// may have crossed on their way; otherwise it is an offence.
void Scheduler::note_stale(WorkerId id, Lease lease) {
  ++stale_reports_;
  emit(RefuseStale{id, lease});
  if (free_overdue(id, lease)) return;
  WorkerRecord& record = workers_.record(id);
  if (record.excused > 0 && jobs_.may_have_been(lease)) {
    --record.excused;
    return;
  }
  ++troubles_.offences;
  if (++record.offences == options_.max_offences_per_worker) offenders_.push_back(id);
}

/// At the end of a step, when nobody has them in hand any more.
void Scheduler::expel_offenders() {
  while (!offenders_.empty()) {
    const WorkerId id = offenders_.back();
    offenders_.pop_back();
    if (!workers_.joined(id)) continue;
    ++troubles_.expelled;
    std::vector<LaneId> returned;
    remove_worker(id, Death::Left, returned);
    emit(Expel{id});
    place_lanes(returned);
    satisfy_pins();
  }
}

void Scheduler::on(const JobFinished& event) {
  const std::uint32_t slot = leased(event.worker, event.lease, event.result);
  if (slot == kNoJob) return;
  ++workers_.record(event.worker).finished;
  apply(event.worker, event.report, slot);
  const StateId state = lanes_.info(jobs_[slot].lane).state;
  answer_attempt(slot, &AttemptLedger::completed, Outcome::Finished, std::nullopt, event.result,
                 event.delivered);
  note_holding(event.worker, state, event.report);
  serve_worker(event.worker);
}

void Scheduler::on(const JobFailed& event) {
  const std::uint32_t slot = leased(event.worker, event.lease, event.error);
  if (slot == kNoJob) return;
  ++workers_.record(event.worker).failed;
  if (event.died) return died(event.worker, event, slot);
  apply(event.worker, event.report, slot);
  const LaneId lane = jobs_[slot].lane;
  const StateId state = lanes_.info(lane).state;
  if (jobs_[slot].stopping != 0 && !event.delivered) {
    // It may have failed because it was told to stop.
    forget(jobs_[slot].session, event.error);
    answer_stopped(slot, &AttemptLedger::failed);
    note_holding(event.worker, state, event.report);
    place_lane(lane);
  } else if (event.retry && !event.delivered && jobs_[slot].attempt < options_.max_attempts &&
             !stopping_) {
    forget(jobs_[slot].session, event.error);
    requeue(slot, &AttemptLedger::failed, back_off(jobs_[slot].attempt));
    note_holding(event.worker, state, event.report);
    place_lane(lane);
  } else {
    const ErrorCode code = event.retry ? ErrorCode::AttemptsExhausted : ErrorCode::WorkFailed;
    answer_attempt(slot, &AttemptLedger::failed, Outcome::Failed, code, event.error,
                   event.delivered);
    note_holding(event.worker, state, event.report);
  }
  serve_worker(event.worker);
}

/// The worker goes on, but the process that did the job has ended with it.
void Scheduler::died(WorkerId worker, const JobFailed& event, std::uint32_t slot) {
  const LaneId lane = jobs_[slot].lane;
  const StateId state = lanes_.info(lane).state;
  const SessionId session = jobs_[slot].session;
  lose_attempt(slot, Death::Died, event.error);
  forget(session, event.error);
  note_holding(worker, state, event.report);
  place_lane(lane);
  serve_worker(worker);
}

void Scheduler::on(const JobHandedBack& event) {
  const std::uint32_t slot = leased(event.worker, event.lease, PayloadRef{});
  if (slot == kNoJob) return;
  const LaneId lane = jobs_[slot].lane;
  --jobs_[slot].attempt;
  settle_charge(slot, Duration::zero());
  if (stops_for_good(jobs_[slot]) && !jobs_[slot].received) {
    answer_attempt(slot, &AttemptLedger::handed_back, Outcome::Cancelled, ErrorCode::Cancelled,
                   PayloadRef{}, false);
  } else {
    requeue(slot, &AttemptLedger::handed_back);
  }
  workers_.info(event.worker).held_up = true;
  room_changed(event.worker);
  place_lane(lane);
  serve_worker(event.worker);
}

void Scheduler::on(const StopRequested&) {
  if (stopping_) return;
  stopping_ = true;
  // What is in the log is for the next one.
  jobs_.each([&](std::uint32_t slot) {
    const Job& job = jobs_[slot];
    if (is_waiting(job.state) && !job.journal) answer_waiting(slot, ErrorCode::Stopped);
  });
}

/// What the worker measured. Called while the job still is its.
void Scheduler::apply(WorkerId worker, const AttemptReport& report, std::uint32_t slot) {
  const LaneId lane_id = jobs_[slot].lane;
  const strategy::Lane& lane = lanes_.info(lane_id);
  // To the requester loading is a part of it.
  const std::chrono::microseconds before(jobs_[slot].run_time_before_us);
  jobs_[slot].run_time_us = whole_microseconds(before + report.run_time + report.load_time);
  book_.measured(lane, report.run_time);
  note_effort(worker, report);
  run_times_.learn(lane.queue, report.run_time);
  const PoolId pool = workers_.info(worker).pool;
  if (!report.load_failed) estimates_.learn_run(lane.queue, lane.state, pool, report.run_time);
  settle_charge(slot, report.run_time + report.load_time);
  if (lane.state.valid() && report.load_time > Duration::zero() && !report.load_failed) {
    learn_load(worker, lane.state, report.load_time, report.state_bytes);
  }
  tell_strategy([&] {
    strategy_->measured(view_, {worker, lane_id, report.load_time, report.run_time});
  });
}

void Scheduler::note_effort(WorkerId worker, const AttemptReport& report) {
  WorkerRecord& record = workers_.record(worker);
  record.working += report.run_time;
  effort_.working += report.run_time;
  if (report.load_time == Duration::zero()) return;
  record.loading += report.load_time;
  effort_.loading += report.load_time;
}

/// Takes the job from its worker, which has room again.
void Scheduler::end_attempt(std::uint32_t slot) {
  Job& job = jobs_[slot];
  const WorkerId worker = job.worker;
  WorkerRecord& record = workers_.record(worker);
  const strategy::Lane& lane = lanes_.info(job.lane);
  record.unstarted.ended(jobs_, slot);
  record.leases.remove(jobs_, slot);
  if (strategy::Held* const held = workers_.held(worker, lane.state)) {
    held->running -= held->running > 0 ? 1 : 0;
  }
  shares_.ended(lane.tenant);
  if (job.time_limit_ms > 0 || job.stopping != 0) hung_timers_.erase(slot);
  drain_rate_.note(now_);
  workers_.info(worker).held_up = false;
  --workers_.info(worker).assigned;
  job.worker = WorkerId::none();
  job.stopping = 0;
  room_changed(worker);
}

/// The job waits for another attempt: in front, or for a while first.
void Scheduler::requeue(std::uint32_t slot, std::uint64_t AttemptLedger::*how, Duration wait) {
  if (jobs_[slot].received) {
    return answer_attempt(slot, how, Outcome::Finished, std::nullopt, PayloadRef{}, false);
  }
  end_attempt(slot);
  Job& job = jobs_[slot];
  const JobState to = wait > Duration::zero() ? JobState::Delayed : JobState::Queued;
  book_.returned(lanes_.info(job.lane), how, to);
  job.state = to;
  if (job.start_by != strategy::kNever) start_timers_.set(slot, job.start_by);
  to == JobState::Delayed ? delay(slot, now_ + wait) : enter_lane(job.lane, slot, true);
  append_if_journalled(Append::What::Changed, slot);
  give_up_if_unwanted(slot);
}

/// A job that waits again: nobody may wait for it any more, or nothing be started any more.
void Scheduler::give_up_if_unwanted(std::uint32_t slot) {
  const Job& job = jobs_[slot];
  if (session(job.session).closing && !outlives_session(job)) {
    answer_waiting(slot, ErrorCode::Cancelled);
  } else if (stopping_ && !job.journal) {
    answer_waiting(slot, ErrorCode::Stopped);
  }
}

/// A job that waited behind others at its worker is not to blame. Should it have begun unnoticed,
/// the next attempt tells: what was lost once is given to a free slot only, with nobody before it.
void Scheduler::lose_attempt(std::uint32_t slot, Death how, PayloadRef text) {
  Job& job = jobs_[slot];
  job.was_lost = true;
  if (how == Death::Forgotten) ++workers_.record(job.worker).excused;
  if (job.ahead_ns > 0) {
    --job.attempt;
  } else {
    ++troubles_.deaths;
    job.deaths = static_cast<std::uint8_t>(std::min(job.deaths + 1, UINT8_MAX));
    emit(NoteDeath{job.session, job.sequence, job.worker, job.attempt, how, text});
  }
  const auto end_with = [&](Outcome outcome, ErrorCode error) {
    answer_attempt(slot, &AttemptLedger::lost, outcome, error, PayloadRef{}, false);
  };
  if (job.received) {
    requeue(slot, &AttemptLedger::lost);
  } else if (stops_for_good(job)) {
    end_with(Outcome::Cancelled, ErrorCode::Cancelled);
  } else if (job.deaths >= options_.max_deaths) {
    end_with(Outcome::Quarantined, ErrorCode::Quarantined);
  } else if (job.attempt >= options_.max_attempts) {
    end_with(Outcome::Failed, ErrorCode::AttemptsExhausted);
  } else {
    requeue(slot, &AttemptLedger::lost, job.attempt > 1 ? back_off(job.attempt - 1U) : Duration{});
  }
}

void Scheduler::answer_attempt(std::uint32_t slot, std::uint64_t AttemptLedger::*how,
                               Outcome outcome, std::optional<ErrorCode> error, PayloadRef result,
                               bool delivered) {
  Job& job = jobs_[slot];
  const WorkerId worker = job.worker;
  end_attempt(slot);
  book_.answered(lanes_.info(job.lane), how);
  if (delivered && session(job.session).receipts) keep_at_worker(slot, worker);
  answer(slot, outcome, error, result, delivered);
}

/// A waiting job is to wait no more. What is put down in the book is the caller's.
void Scheduler::give_up_waiting(std::uint32_t slot) {
  Job& job = jobs_[slot];
  if (job.state == JobState::Queued) {
    leave_lane(job.lane, slot);
  } else {
    delay_timers_.erase(slot);
  }
  if (job.start_by != strategy::kNever) start_timers_.erase(slot);
}

void Scheduler::answer_waiting(std::uint32_t slot, ErrorCode error) {
  const JobState from = jobs_[slot].state;
  give_up_waiting(slot);
  book_.answered_unstarted(lanes_.info(jobs_[slot].lane), from);
  answer(slot, outcome_of_unstarted(error), error, PayloadRef{}, false);
}

/// The job has its answer: it stays until the requester says that it has it too.
void Scheduler::answer(std::uint32_t slot, Outcome outcome, std::optional<ErrorCode> error,
                       PayloadRef result, bool delivered) {
  STEELYARD_ASSERT(!delivered || !result.valid());
  Job& job = jobs_[slot];
  job.state = JobState::Returning;
  job.outcome = outcome;
  job.error = error_bits(error);
  job.result = result;
  answer_cancels(slot, standing_of(outcome));
  note_failure(job);
  const Session& requester = session(job.session);
  const SessionId id = job.session;
  const bool is_wanted = is_heard(job) && !job.received;
  if (is_wanted && !delivered) {
    if (!is_unstarted(outcome)) ++returns_.through_broker;
    deliver(job);
  }
  if (is_wanted && requester.receipts) {
    // What may have to be given again is the answer, unless only its worker has it.
    if (job.worker.valid() || outcome == Outcome::Quarantined) return;
    forget(id, job.payload);
    job.payload = {};
    return;
  }
  // The one whom its worker gave it to may be gone: it is asked for, to be stored.
  if (job.worker.valid() && !job.received && outlives_session(job)) return fetch(slot);
  settle(slot);
  forget_if_over(id);
}

/// Whether the job's session waits for its answer.
bool Scheduler::is_heard(const Job& job) {
  const Session& requester = session(job.session);
  return !requester.closing && !requester.away && !job.detached;
}

void Scheduler::deliver(const Job& job) {
  Deliver action;
  action.session = job.session;
  action.sequence = job.sequence;
  if (job.error != 0) action.error = static_cast<ErrorCode>(job.error - 1);
  action.result = job.result;
  action.payload = job.payload;
  action.waited = std::chrono::microseconds(job.waited_us);
  action.run_time = std::chrono::microseconds(job.run_time_us);
  emit(action);
}

void Scheduler::note_failure(const Job& job) {
  const bool has_failed = job.outcome == Outcome::Failed || job.outcome == Outcome::Quarantined;
  if (!has_failed || job.error == error_bits(ErrorCode::WorkFailed)) return;
  emit(NoteFailure{job.session, job.sequence, static_cast<ErrorCode>(job.error - 1)});
}

void Scheduler::settle(std::uint32_t slot) {
  Job& job = jobs_[slot];
  STEELYARD_ASSERT(job.state == JobState::Returning);
  const WorkerId keeper = job.worker;
  if (keeper.valid()) {
    // It may be on its way to the scheduler.
    workers_.record(keeper).excused += job.asked_for ? 1 : 0;
    emit(ReleaseResult{keeper, {slot, job.stamp}});
    take_from_keeper(slot);
  }
  book_.settled(lanes_.info(job.lane), job.outcome);
  if (job.outcome == Outcome::Quarantined) return quarantine(slot);
  lanes_.settle(job.lane);
  forget(job.session, job.payload);
  job.payload = {};
  // A result that only its worker had is with its requester.
  if (outlives_session(job) && !keeper.valid() && !job.received) {
    store(slot);
  } else {
    release(slot);
  }
  if (keeper.valid()) dismiss_if_drained(keeper);
}

}  // namespace steelyard::core
