#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Sessions, and jobs on their way in.
namespace steelyard::core {
namespace {

/// The payload of the event's job at `place`; none when no bytes are kept.
PayloadRef payload_at(const JobsSubmitted& event, std::uint32_t place) {
  return event.first_payload.valid() ? PayloadRef{event.first_payload.value + place} : PayloadRef{};
}

std::uint32_t whole_milliseconds(Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(whole, 0, UINT32_MAX - 1));
}

/// Whether the scheduler has given the job's answer, and not its worker.
bool is_delivered(const Job& job) {
  return job.state == JobState::Returning && !job.worker.valid();
}

}  // namespace

void Scheduler::on(const SessionOpened& event) {
  if (event.session.index() >= sessions_.size()) sessions_.resize(event.session.index() + 1);
  Session& session = sessions_[event.session.index()];
  const bool resumed = session.open && !session.closing;
  STEELYARD_ASSERT(resumed || !session.open);
  if (!resumed) {
    session = {};
    session.open = true;
    session.principal = event.principal;
    session.receipts = event.receipts;
    session.opened_at = now_;
    ++open_sessions_;
  }
  session.last_heard = now_;
  // Without receipts it is a part of this program, which cannot vanish.
  if (session.receipts) set_session_timer(event.session);
  if (!resumed) return;
  for (const std::uint32_t slot : session.jobs.slots()) {
    if (is_delivered(jobs_[slot])) deliver(jobs_[slot]);
  }
}

void Scheduler::on(const SessionBeat& event) {
  session(event.session).last_heard = now_;
}

void Scheduler::on(const SessionClosed& event) {
  close(event.session);
}

void Scheduler::close(SessionId id) {
  Session& closed = session(id);
  if (closed.closing) return;
  closed.closing = true;
  session_timers_.erase(id.value);
  for (const std::uint32_t slot : closed.jobs.slots()) {
    if (jobs_[slot].state == JobState::Queued && !jobs_[slot].keep) {
      answer_queued(slot, ErrorCode::Cancelled);
    } else if (jobs_[slot].state == JobState::Returning) {
      settle(slot);
    }
  }
  forget_if_over(id);
}

void Scheduler::on(const SessionEnding& event) {
  session(event.session).last_heard = now_;
  session(event.session).ending = true;
  forget_if_over(event.session);
}

/// Nothing happens when its last answer has already made it forgotten.
void Scheduler::forget_if_over(SessionId id) {
  if (!has_session(id)) return;
  Session& from = session(id);
  if (from.ending && !from.closing && from.unfinished == from.stored) {
    from.closing = true;
    session_timers_.erase(id.value);
    emit(EndSession{id});
  }
  if (is_open(id) || from.unfinished > 0) return;
  from = {};
  --open_sessions_;
  emit(ForgetSession{id});
}

void Scheduler::forget(SessionId id, PayloadRef first, std::uint32_t count) {
  if (first.valid()) emit(Forget{id, first, count});
}

void Scheduler::on(const JobsSubmitted& event) {
  STEELYARD_ASSERT(event.count > 0 && event.first_sequence > 0 && event.queue.valid());
  STEELYARD_ASSERT(is_open(event.session));
  Session& from = session(event.session);
  from.last_heard = now_;
  if (event.first_sequence > UINT64_MAX - event.count) {
    reject(event, 0, ErrorCode::InvalidArgument, 0);
    emit(Acknowledge{event.session, from.watermark, QueueId::none()});
    return;
  }
  const std::uint64_t last = event.first_sequence + event.count - 1;
  const std::uint64_t seen =
      from.watermark < event.first_sequence ? 0 : from.watermark - event.first_sequence + 1;
  const auto repeated = static_cast<std::uint32_t>(std::min<std::uint64_t>(seen, event.count));
  from.watermark = std::max(from.watermark, last);
  if (repeated > 0) repeat_submission(event, repeated);

  const LaneId lane{repeated < event.count ? accept(event, repeated) : Id<LaneTag>::kNone};
  const bool unserved = lane.valid() && lanes_.info(lane).pools == 0;
  emit(Acknowledge{event.session, from.watermark, unserved ? event.queue : QueueId::none()});
  if (lane.valid()) place_lane(lane);
}

void Scheduler::on(const NumbersSpent& event) {
  Session& from = session(event.session);
  from.last_heard = now_;
  from.watermark = std::max(from.watermark, event.through);
  emit(Acknowledge{event.session, from.watermark, QueueId::none()});
}

/// The first `count` jobs of the event were seen before: those that are answered are answered
/// again, the others are on their way or settled.
void Scheduler::repeat_submission(const JobsSubmitted& event, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t slot = session(event.session).jobs.find(event.first_sequence + i);
    if (slot != kNoJob && is_delivered(jobs_[slot])) deliver(jobs_[slot]);
  }
  forget(event.session, event.first_payload, count);
}

/// Queues the jobs of the event after the first `skip`, as many as the limits allow. Returns the
/// lane's number, or none when nothing was queued.
std::uint32_t Scheduler::accept(const JobsSubmitted& event, std::uint32_t skip) {
  LaneId lane;
  if (event.state.valid() && event.state_bytes > 0 && !too_large(event)) {
    learn_size(event.state, event.state_bytes);
  }
  for (std::uint32_t i = skip; i < event.count; ++i) {
    if (const auto no = refusal(event)) {
      reject(event, i, no->first, no->second);
      break;
    }
    if (!lane.valid()) {
      lane = open_lane(event);
      if (!lane.valid()) {
        reject(event, i, ErrorCode::TooManyLanes, options_.max_lanes);
        break;
      }
    }
    const std::uint32_t slot = jobs_.allocate();
    Job& job = jobs_[slot];
    job.sequence = event.first_sequence + i;
    job.order = ++next_order_;
    job.payload = payload_at(event, i);
    job.arrival = now_;
    job.start_by = event.start_by;
    job.session = event.session;
    job.lane = lane;
    job.keep = event.keep;
    job.state = JobState::Queued;
    Session& from = session(event.session);
    from.jobs.insert(job.sequence, slot);
    ++from.unfinished;
    book_.accepted(lanes_.info(lane));
    // One of each submission will do to know how good the estimates are.
    if (i == skip) estimate_start(slot);
    enter_lane(lane, slot, false);
  }
  return lane.value;
}

/// The job is counted as queued, but not yet in its lane.
void Scheduler::estimate_start(std::uint32_t slot) {
  Job& job = jobs_[slot];
  const strategy::Lane& lane = lanes_.info(job.lane);
  const std::uint64_t ahead =
      lane.state.valid() ? view_.state(lane.state).waiting : book_.queued(lane.queue) - 1;
  const StartEstimate estimate = start_estimate(*this, job.lane, ahead);
  if (estimate.never) return;
  job.soonest_ms = whole_milliseconds(estimate.soonest);
  job.expected_ms = whole_milliseconds(estimate.expected);
  job.latest_ms = whole_milliseconds(estimate.latest) + 1;
}

/// The job begins: was that foreseen?
void Scheduler::compare_estimate(const Job& job) {
  if (job.latest_ms == 0 || job.attempt > 1) return;
  const std::uint32_t waited_ms = job.waited_us / 1000;
  ++estimate_quality_.jobs;
  if (waited_ms >= job.soonest_ms && waited_ms <= job.latest_ms) ++estimate_quality_.within;
  const std::int64_t off = std::int64_t{waited_ms} - std::int64_t{job.expected_ms};
  estimate_quality_.error += std::chrono::milliseconds(std::abs(off));
  estimate_quality_.waited += std::chrono::milliseconds(waited_ms);
}

LaneId Scheduler::open_lane(const JobsSubmitted& event) {
  const TagSetId tags = lanes_.intern(event.tags);
  if (!event.tags.empty() && !tags.valid()) return LaneId::none();
  return lanes_.open({event.queue, event.state, event.tenant, event.priority, tags},
                     [this](const LaneKey& key) { return pools_for(key); });
}

/// When no worker that could run the jobs has room for their state: the largest room there is.
std::optional<std::int64_t> Scheduler::too_large(const JobsSubmitted& event) const {
  const std::uint64_t bytes = std::max(view_.state(event.state).bytes, event.state_bytes);
  if (!event.state.valid() || bytes == 0) return std::nullopt;
  const WorkerTable::Needs needs{event.queue, event.priority, event.tags, bytes};
  const std::uint64_t largest = workers_.largest_memory_for(needs);
  if (largest == 0 || bytes <= largest) return std::nullopt;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(largest, INT64_MAX));
}

std::optional<std::pair<ErrorCode, std::int64_t>> Scheduler::refusal(
    const JobsSubmitted& event) const {
  if (stopping_) return std::pair(ErrorCode::Stopped, std::int64_t{0});
  if (sessions_[event.session.index()].ending) {
    return std::pair(ErrorCode::SessionEnded, std::int64_t{0});
  }
  if (book_.total().jobs.queued >= options_.max_queued_jobs) {
    return std::pair(ErrorCode::QueueFull, std::int64_t{options_.max_queued_jobs});
  }
  if (sessions_[event.session.index()].unfinished >= options_.max_unfinished_jobs_per_session) {
    return std::pair(ErrorCode::SessionFull,
                     std::int64_t{options_.max_unfinished_jobs_per_session});
  }
  const std::int64_t per_user = options_.max_queued_jobs_per_user;
  if (per_user > 0 && book_.queued(event.tenant) >= static_cast<std::uint64_t>(per_user)) {
    return std::pair(ErrorCode::UserOverLimit, per_user);
  }
  if (const auto largest = too_large(event)) return std::pair(ErrorCode::StateTooLarge, *largest);
  return std::nullopt;
}

void Scheduler::reject(const JobsSubmitted& event, std::uint32_t skip, ErrorCode reason,
                       std::int64_t limit) {
  const std::uint32_t count = event.count - skip;
  emit(Reject{event.session, event.first_sequence + skip, count, reason, limit});
  forget(event.session, payload_at(event, skip), count);
}

bool Scheduler::may_know(SessionId by, SessionId id, std::uint64_t sequence) const {
  if (!has_session(id)) return false;
  const Session& of = sessions_[id.index()];
  return sessions_[by.index()].principal == of.principal && sequence > 0 &&
         sequence <= of.watermark;
}

/// As `may_know`, for `by`, from whom something was heard.
bool Scheduler::may_ask(SessionId by, SessionId id, std::uint64_t sequence) {
  session(by).last_heard = now_;
  return may_know(by, id, sequence);
}

void Scheduler::on(const CancelRequested& event) {
  Standing outcome = Standing::Unknown;
  if (may_ask(event.by, event.session, event.sequence)) {
    const std::uint32_t slot = session(event.session).jobs.find(event.sequence);
    const JobState state = slot == kNoJob ? JobState::Free : jobs_[slot].state;
    outcome = Standing::Finished;
    const bool was_cancelled = (state == JobState::Stored || state == JobState::Returning) &&
                               jobs_[slot].outcome == Outcome::Cancelled &&
                               jobs_[slot].error == error_bits(ErrorCode::Cancelled);
    if (was_cancelled) outcome = Standing::Cancelled;
    if (state == JobState::Running) outcome = Standing::Running;
    if (state == JobState::Queued) {
      outcome = Standing::Cancelled;
      answer_queued(slot, ErrorCode::Cancelled);
    }
  }
  emit(AnswerCancel{event.by, event.request, outcome});
}

}  // namespace steelyard::core
