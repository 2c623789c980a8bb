#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Attempts that are to stop: because somebody cancels the job, nobody wants it, or it makes no
/// progress. The first end of a job that is heard of counts, whatever it was asked for.
namespace steelyard::core {
namespace {

constexpr std::uint8_t kTimeLimit = stopping_bits(StopReason::TimeLimit);

/// Jobs that one CancelMatching looks for before it says that there are more.
constexpr std::uint64_t kMaxMatched = 100'000;

}  // namespace

void Scheduler::on(const CancelRequested& event) {
  AnswerCancel answer{event.by, event.request};
  if (may_ask(event.by, event.session, event.sequence)) {
    const std::uint32_t slot = session(event.session).jobs.find(event.sequence);
    answer.was = slot == kNoJob ? Standing::Gone : standing_of(jobs_[slot]);
    answer.outcome = answer.was;
    switch (slot == kNoJob ? JobState::Free : jobs_[slot].state) {
      case JobState::Delayed:
      case JobState::Queued:
        answer.outcome = Standing::Cancelled;
        answer_waiting(slot, ErrorCode::Cancelled);
        break;
      case JobState::Quarantined:
        answer.outcome = Standing::Cancelled;
        drop_from_quarantine(slot);
        break;
      case JobState::Running:
        if (!jobs_[slot].received) return answer_when_stopped(event, slot);
        answer.outcome = Standing::Finished;
        break;
      case JobState::Returning:
        answer.outcome = standing_of(jobs_[slot].outcome);
        break;
      default:
        break;
    }
  }
  emit(answer);
}

/// The answer is given when the attempt has ended, or is known not to listen.
void Scheduler::answer_when_stopped(const CancelRequested& event, std::uint32_t slot) {
  request_stop(slot, StopReason::Cancelled);
  if (pending_cancels_.size() < options_.max_pending_cancels) {
    pending_cancels_.emplace(slot, PendingCancel{event.by, event.request});
  } else {
    emit(AnswerCancel{event.by, event.request, Standing::Running, Standing::Running});
  }
}

void Scheduler::answer_cancels(std::uint32_t slot, Standing outcome) {
  if (pending_cancels_.empty()) return;
  const auto [begin, end] = pending_cancels_.equal_range(slot);
  for (auto entry = begin; entry != end; ++entry) {
    emit(AnswerCancel{entry->second.by, entry->second.request, Standing::Running, outcome});
  }
  pending_cancels_.erase(begin, end);
}

/// A job that is to stop for good is not merely over its time limit any more.
void Scheduler::request_stop(std::uint32_t slot, StopReason why) {
  Job& job = jobs_[slot];
  STEELYARD_ASSERT(job.state == JobState::Running);
  if (stops_for_good(job) || job.stopping == stopping_bits(why)) return;
  job.stopping = stopping_bits(why);
  hung_timers_.set(slot, now_ + options_.stop_timeout);
  emit(RequestStop{job.worker, {slot, job.stamp}, why});
}

void Scheduler::on(const CancelMatching& event) {
  const PrincipalId principal = session(event.by).principal;
  session(event.by).last_heard = now_;
  AnswerMatching answer{event.by, event.request};
  std::vector<std::uint32_t> found;
  jobs_.each([&](std::uint32_t slot) {
    const Job& job = jobs_[slot];
    const strategy::Lane& lane = lanes_.info(job.lane);
    const bool is_alive =
        is_waiting(job.state) || (job.state == JobState::Running && job.stopping == 0);
    if (!is_alive || session(job.session).principal != principal) return;
    if (event.queue.valid() && lane.queue != event.queue) return;
    if (event.tenant.valid() && lane.tenant != event.tenant) return;
    if (found.size() == kMaxMatched && !event.dry_run) {
      answer.more = true;
      return;
    }
    found.push_back(slot);
    answer.delayed += job.state == JobState::Delayed ? 1 : 0;
    answer.queued += job.state == JobState::Queued ? 1 : 0;
    answer.running += job.state == JobState::Running ? 1 : 0;
  });
  if (event.dry_run) found.clear();
  for (const std::uint32_t slot : found) {
    if (jobs_[slot].state == JobState::Running) {
      request_stop(slot, StopReason::Cancelled);
    } else {
      answer_waiting(slot, ErrorCode::Cancelled);
    }
  }
  emit(answer);
}

void Scheduler::on(const SessionAborted& event) {
  Session& aborted = session(event.session);
  aborted.last_heard = now_;
  aborted.ending = true;
  for (const std::uint32_t slot : aborted.jobs.slots()) {
    const JobState state = jobs_[slot].state;
    if (is_waiting(state)) {
      answer_waiting(slot, ErrorCode::Cancelled);
    } else if (state == JobState::Running) {
      request_stop(slot, StopReason::Cancelled);
    }
  }
  forget_if_over(event.session);
}

void Scheduler::on(const JobStopped& event) {
  const std::uint32_t slot = leased(event.worker, event.lease, PayloadRef{});
  if (slot == kNoJob) return;
  const LaneId lane = jobs_[slot].lane;
  const StateId state = lanes_.info(lane).state;
  settle_charge(slot, event.report.run_time + event.report.load_time);
  note_effort(event.worker, event.report);
  answer_stopped(slot, &AttemptLedger::stopped);
  note_holding(event.worker, state, event.report);
  place_lane(lane);
  serve_worker(event.worker);
}

/// An attempt that was to stop has ended, or has ended although nobody asked for it.
void Scheduler::answer_stopped(std::uint32_t slot, std::uint64_t AttemptLedger::*how) {
  if (jobs_[slot].stopping == kTimeLimit) {
    over_time_limit(slot);
  } else if (jobs_[slot].stopping != 0) {
    answer_attempt(slot, how, Outcome::Cancelled, ErrorCode::Cancelled, PayloadRef{}, false);
  } else if (jobs_[slot].attempt < options_.max_attempts) {
    requeue(slot, how, back_off(jobs_[slot].attempt));
  } else {
    answer_attempt(slot, how, Outcome::Failed, ErrorCode::AttemptsExhausted, PayloadRef{}, false);
  }
}

/// The attempt is over for want of progress: another one may do better.
void Scheduler::over_time_limit(std::uint32_t slot) {
  if (jobs_[slot].attempt < options_.max_attempts) {
    requeue(slot, &AttemptLedger::stopped, back_off(jobs_[slot].attempt));
  } else {
    answer_attempt(slot, &AttemptLedger::stopped, Outcome::Failed, ErrorCode::OverTimeLimit,
                   PayloadRef{}, false);
  }
}

void Scheduler::on(const StopIgnored& event) {
  const std::uint32_t slot = leased(event.worker, event.lease, PayloadRef{});
  if (slot == kNoJob || jobs_[slot].stopping == 0) return;
  if (const LaneId lane = ignored_stop(slot); lane.valid()) place_lane(lane);
  serve_worker(event.worker);
}

/// Work that does not listen and cannot be ended: who cancels is told so. A job over its time limit
/// goes on elsewhere, while the slot stays taken until that work ends. Returns the lane it returns
/// to; none(): it does not.
LaneId Scheduler::ignored_stop(std::uint32_t slot) {
  ++troubles_.ignored_stops;
  hung_timers_.erase(slot);
  if (jobs_[slot].stopping != kTimeLimit) {
    answer_cancels(slot, Standing::Running);
    return LaneId::none();
  }
  const WorkerId worker = jobs_[slot].worker;
  const LaneId lane = jobs_[slot].lane;
  ++workers_.info(worker).occupied;
  workers_.record(worker).overdue.push_back({slot, jobs_[slot].stamp});
  over_time_limit(slot);
  return lane;
}

/// Whether this was work that had been given up: its slot is free now.
bool Scheduler::free_overdue(WorkerId worker, Lease lease) {
  if (std::erase(workers_.record(worker).overdue, lease) == 0) return false;
  --workers_.info(worker).occupied;
  room_changed(worker);
  serve_worker(worker);
  return true;
}

void Scheduler::on(const JobProgressed& event) {
  STEELYARD_ASSERT(workers_.joined(event.worker));
  workers_.record(event.worker).last_heard = now_;
  // It may have crossed the end of its attempt, which is nobody's fault.
  const std::uint32_t slot = jobs_.find(event.lease);
  if (slot == kNoJob || jobs_[slot].state != JobState::Running) return;
  Job& job = jobs_[slot];
  if (job.worker != event.worker) return;
  job.renewed = now_;
  job.progress = std::min<std::uint8_t>(event.percent, 100);
  if (job.time_limit_ms > 0 && job.stopping == 0) {
    hung_timers_.set(slot, now_ + std::chrono::milliseconds(job.time_limit_ms));
  }
}

/// Attempts without progress are told to stop; those that were told so in vain are given up. The
/// lanes they return to are added to `returned`, their workers to `freed`.
void Scheduler::check_hung(std::vector<LaneId>& returned, std::vector<WorkerId>& freed) {
  while (!hung_timers_.empty() && hung_timers_.top_key() <= now_) {
    const std::uint32_t slot = hung_timers_.top();
    if (jobs_[slot].stopping != 0) {
      const WorkerId worker = jobs_[slot].worker;
      if (const LaneId lane = ignored_stop(slot); lane.valid()) returned.push_back(lane);
      freed.push_back(worker);
    } else {
      ++troubles_.hung;
      request_stop(slot, StopReason::TimeLimit);
    }
  }
}

}  // namespace steelyard::core
