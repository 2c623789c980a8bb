#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// How attempts end, and how jobs are answered and settled.
namespace steelyard::core {

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
    return slot;
  }
  if (slot != kNoJob && jobs_[slot].state == JobState::Returning && jobs_[slot].worker == worker) {
    // It says again that it keeps the result, which is on its way: that is given time.
    take_from_keeper(slot);
    keep_at_worker(slot, worker);
  } else {
    ++stale_reports_;
    emit(RefuseStale{worker, lease});
  }
  forget(SessionId::none(), brought);
  return kNoJob;
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
  apply(event.worker, event.report, slot);
  const LaneId lane = jobs_[slot].lane;
  const StateId state = lanes_.info(lane).state;
  if (event.retry && jobs_[slot].attempt < options_.max_attempts && !stopping_) {
    forget(jobs_[slot].session, event.error);
    requeue(slot, &AttemptLedger::failed);
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

void Scheduler::on(const JobHandedBack& event) {
  const std::uint32_t slot = leased(event.worker, event.lease, PayloadRef{});
  if (slot == kNoJob) return;
  const LaneId lane = jobs_[slot].lane;
  --jobs_[slot].attempt;
  settle_charge(slot, Duration::zero());
  requeue(slot, &AttemptLedger::handed_back);
  workers_.info(event.worker).held_up = true;
  room_changed(event.worker);
  place_lane(lane);
  serve_worker(event.worker);
}

void Scheduler::on(const StopRequested&) {
  if (stopping_) return;
  stopping_ = true;
  for (std::uint32_t slot = 0; slot < jobs_.extent(); ++slot) {
    if (jobs_[slot].state == JobState::Queued) answer_queued(slot, ErrorCode::Stopped);
  }
}

/// What the worker measured. Called while the job still is its.
void Scheduler::apply(WorkerId worker, const AttemptReport& report, std::uint32_t slot) {
  const LaneId lane_id = jobs_[slot].lane;
  const strategy::Lane& lane = lanes_.info(lane_id);
  // To the requester loading is a part of it.
  jobs_[slot].run_time_us = whole_microseconds(report.run_time + report.load_time);
  book_.measured(lane, report.run_time);
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
  workers_.info(worker).held_up = false;
  --workers_.info(worker).assigned;
  job.worker = WorkerId::none();
  room_changed(worker);
}

void Scheduler::requeue(std::uint32_t slot, std::uint64_t AttemptLedger::*how) {
  if (jobs_[slot].received) {
    return answer_attempt(slot, how, Outcome::Finished, std::nullopt, PayloadRef{}, false);
  }
  end_attempt(slot);
  Job& job = jobs_[slot];
  book_.returned_to_queue(lanes_.info(job.lane), how);
  job.state = JobState::Queued;
  enter_lane(job.lane, slot, true);
  // Nobody waits for it any more, or nothing is started any more.
  if (session(job.session).closing && !job.keep) {
    answer_queued(slot, ErrorCode::Cancelled);
  } else if (stopping_) {
    answer_queued(slot, ErrorCode::Stopped);
  }
}

/// A job that waited behind others at its worker is not to blame. Should it have begun unnoticed,
/// the next attempt tells: what was lost once is given to a free slot only, with nobody before it.
void Scheduler::lose_attempt(std::uint32_t slot) {
  Job& job = jobs_[slot];
  job.was_lost = true;
  if (job.ahead_ns > 0) --job.attempt;
  if (job.attempt >= options_.max_attempts && !job.received) {
    answer_attempt(slot, &AttemptLedger::lost, Outcome::Failed, ErrorCode::AttemptsExhausted,
                   PayloadRef{}, false);
  } else {
    requeue(slot, &AttemptLedger::lost);
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

void Scheduler::answer_queued(std::uint32_t slot, ErrorCode error) {
  const LaneId lane = jobs_[slot].lane;
  leave_lane(lane, slot);
  book_.answered_unstarted(lanes_.info(lane));
  answer(slot, Outcome::Cancelled, error, PayloadRef{}, false);
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
  const Session& requester = session(job.session);
  const SessionId id = job.session;
  const bool is_wanted = !requester.closing && !job.received;
  if (is_wanted && !delivered) {
    if (outcome != Outcome::Cancelled) ++returns_.through_broker;
    deliver(job);
  }
  if (is_wanted && requester.receipts) {
    // What may have to be given again is the answer, unless only its worker has it.
    if (job.worker.valid()) return;
    forget(id, job.payload);
    job.payload = {};
    return;
  }
  settle(slot);
  forget_if_over(id);
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

void Scheduler::settle(std::uint32_t slot) {
  Job& job = jobs_[slot];
  STEELYARD_ASSERT(job.state == JobState::Returning);
  const WorkerId keeper = job.worker;
  if (keeper.valid()) {
    emit(ReleaseResult{keeper, {slot, job.stamp}});
    take_from_keeper(slot);
  }
  book_.settled(lanes_.info(job.lane), job.outcome);
  lanes_.settle(job.lane);
  forget(job.session, job.payload);
  job.payload = {};
  // A result that only its worker had is with its requester.
  if (job.keep && !keeper.valid() && !job.received) {
    store(slot);
  } else {
    release(slot);
  }
  if (keeper.valid()) dismiss_if_drained(keeper);
}

}  // namespace steelyard::core
