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

/// Whether the scheduler has given the job's answer, and not its worker.
bool is_delivered(const Job& job) {
  return job.state == JobState::Returning && !job.worker.valid();
}

/// Whether there is an answer to give to who hands the job in again. What the log has kept was
/// perhaps never heard by its session.
bool has_answer(const Job& job) {
  const bool is_stored = job.state == JobState::Stored || job.state == JobState::Quarantined;
  return is_delivered(job) || (job.restored && is_stored);
}

/// Whether what is refused now may be taken later.
bool is_passing(ErrorCode reason) {
  switch (reason) {
    case ErrorCode::QueueFull:
    case ErrorCode::QueueOverLimit:
    case ErrorCode::UserOverLimit:
    case ErrorCode::SessionFull:
    case ErrorCode::TooManyLanes:
    case ErrorCode::JournalFull:
    case ErrorCode::JournalBroken:
    case ErrorCode::JournalBehind:
      return true;
    default:
      return false;
  }
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
    session.serial = ++session_serial_;
    ++open_sessions_;
  }
  session.away = false;
  session.last_heard = now_;
  // Without receipts it is a part of this program, which cannot vanish.
  if (session.receipts) set_session_timer(event.session);
  if (!resumed) return;
  for (const std::uint32_t slot : session.jobs.slots()) {
    if (is_delivered(jobs_[slot]) || jobs_[slot].given) deliver(jobs_[slot]);
  }
}

/// Gives the answer of a job that was handed in again, if there is one.
void Scheduler::repeat_answer(std::uint32_t slot) {
  Job& job = jobs_[slot];
  if (!has_answer(job)) return;
  job.given = !is_delivered(job);
  deliver(job);
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
  begin_to_close(id);
  for (const std::uint32_t slot : closed.jobs.slots()) close_job(slot);
  forget_if_over(id);
}

/// Nothing is said to its client any more.
void Scheduler::begin_to_close(SessionId id) {
  session(id).closing = true;
  session_timers_.erase(id.value);
  std::erase_if(pending_cancels_, [&](const auto& entry) { return entry.second.by == id; });
}

/// Nobody waits for the job any more, although somebody may ask for it.
void Scheduler::close_job(std::uint32_t slot) {
  const Job& job = jobs_[slot];
  const bool goes_on = outlives_session(job);
  if (is_waiting(job.state)) {
    if (!goes_on) answer_waiting(slot, ErrorCode::Cancelled);
  } else if (job.state == JobState::Running) {
    if (!goes_on) request_stop(slot, StopReason::Unwanted);
  } else if (job.state == JobState::Returning) {
    if (!goes_on || !job.worker.valid()) return settle(slot);
    if (!job.asked_for) fetch(slot);
  }
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
    begin_to_close(id);
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
    forget_key_if_free(event.key);
    acknowledge(event.session, QueueId::none(), 0);
    return;
  }
  const std::uint64_t last = event.first_sequence + event.count - 1;
  const std::uint64_t seen =
      from.watermark < event.first_sequence ? 0 : from.watermark - event.first_sequence + 1;
  const auto repeated = static_cast<std::uint32_t>(std::min<std::uint64_t>(seen, event.count));
  from.watermark = std::max(from.watermark, last);
  if (repeated > 0) repeat_submission(event, repeated);

  const LaneId lane = repeated < event.count ? accept(event, repeated) : LaneId::none();
  forget_key_if_free(event.key);
  const bool unserved = lane.valid() && lanes_.info(lane).pools == 0;
  acknowledge(event.session, unserved ? event.queue : QueueId::none(),
              lane.valid() && event.journal ? event.first_sequence + repeated : 0);
  if (lane.valid()) place_lane(lane);
}

/// Everything up to the watermark was accepted or refused. That is said when what asked for the log
/// (the jobs from `journalled_from` on; 0: none) is on disk, and never out of order.
void Scheduler::acknowledge(SessionId id, QueueId unserved, std::uint64_t journalled_from) {
  Session& of = session(id);
  if (journalled_from == 0 && of.pending_acknowledgements == 0) {
    emit(Acknowledge{id, of.watermark, unserved});
    return;
  }
  ++of.pending_acknowledgements;
  unwritten_.push_back({id, of.serial, appended_, journalled_from, of.watermark, unserved});
}

void Scheduler::on(const NumbersSpent& event) {
  Session& from = session(event.session);
  from.last_heard = now_;
  from.watermark = std::max(from.watermark, event.through);
  acknowledge(event.session, QueueId::none(), 0);
}

/// The first `count` jobs of the event were seen before: those that are answered are answered
/// again, the others are on their way or settled.
void Scheduler::repeat_submission(const JobsSubmitted& event, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t slot = session(event.session).jobs.find(event.first_sequence + i);
    if (slot != kNoJob) repeat_answer(slot);
  }
  forget(event.session, event.first_payload, count);
}

/// Queues the jobs of the event after the first `skip`, as many as the limits allow. Returns their
/// lane, or none() when nothing was accepted.
LaneId Scheduler::accept(const JobsSubmitted& event, std::uint32_t skip) {
  if (event.state.valid() && event.state_bytes > 0 && !too_large(event)) {
    learn_size(event.state, event.state_bytes);
  }
  LaneId lane;
  std::uint32_t unwritten_from = skip;
  std::uint32_t place = skip;
  for (; place < event.count; ++place) {
    if (repeats_restored(event, place)) {
      append_submitted(event, unwritten_from, place);
      unwritten_from = place + 1;
      continue;
    }
    if (event.key.valid() && reject_for_key(event)) break;
    if (const auto no = refusal(event)) {
      reject(event, place, no->first, no->second);
      break;
    }
    if (!lane.valid()) {
      lane = open_lane(event);
      if (!lane.valid()) {
        reject(event, place, ErrorCode::TooManyLanes, options_.max_lanes);
        break;
      }
    }
    const std::uint32_t slot = add_job(event, place, lane);
    if (event.not_before > now_) {
      book_.accepted(lanes_.info(lane), JobState::Delayed);
      delay(slot, event.not_before);
      continue;
    }
    jobs_[slot].order = ++next_order_;
    jobs_[slot].state = JobState::Queued;
    book_.accepted(lanes_.info(lane), JobState::Queued);
    // One of each submission will do to know how good the estimates are.
    if (place == skip) estimate_start(slot);
    enter_lane(lane, slot, false);
  }
  append_submitted(event, unwritten_from, place);
  return lane;
}

/// A job of the event, which is in no list yet.
std::uint32_t Scheduler::add_job(const JobsSubmitted& event, std::uint32_t place, LaneId lane) {
  const std::uint32_t slot = jobs_.allocate();
  Job& job = jobs_[slot];
  job.sequence = event.first_sequence + place;
  job.payload = payload_at(event, place);
  job.arrival = now_;
  job.start_by = event.start_by;
  job.time_limit_ms =
      event.time_limit > Duration::zero() ? std::max(1U, whole_milliseconds(event.time_limit)) : 0;
  job.session = event.session;
  job.lane = lane;
  job.keep = event.keep;
  job.journal = event.journal;
  job.key = event.key;
  if (event.key.valid()) keys_.take(event.key, {slot, event.fingerprint});
  Session& from = session(event.session);
  from.jobs.insert(job.sequence, slot);
  ++from.unfinished;
  lanes_.begin(lane);
  if (event.start_by != strategy::kNever) start_timers_.set(slot, event.start_by);
  if (next_sweep_ == strategy::kNever) next_sweep_ = now_ + sweep_period();
  if (options_.unserved_ttl > Duration::zero() && next_unserved_look_ == strategy::kNever) {
    next_unserved_look_ = now_ + unserved_period();
  }
  return slot;
}

/// The session hands in again what the log has kept of it: it is on its way, or its answer is here.
bool Scheduler::repeats_restored(const JobsSubmitted& event, std::uint32_t place) {
  const Session& from = session(event.session);
  if (from.restored == 0) return false;
  const std::uint32_t slot = from.jobs.find(event.first_sequence + place);
  if (slot == kNoJob) return false;
  repeat_answer(slot);
  forget(event.session, payload_at(event, place));
  return true;
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

LaneId Scheduler::open_lane(const JobsSubmitted& event, bool beyond_limit) {
  const TagSetId tags = lanes_.intern(event.tags);
  if (!event.tags.empty() && !tags.valid()) return LaneId::none();
  return lanes_.open(
      {event.queue, event.state, event.tenant, event.priority, tags},
      [this](const LaneKey& key) { return pools_for(key); }, beyond_limit);
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

std::optional<Scheduler::Refusal> Scheduler::refusal(const JobsSubmitted& event) const {
  if (stopping_) return Refusal(ErrorCode::Stopped, 0);
  if (sessions_[event.session.index()].ending) return Refusal(ErrorCode::SessionEnded, 0);
  if (event.start_by <= now_) return Refusal(ErrorCode::Expired, 0);
  if (event.journal && !options_.has_log) return Refusal(ErrorCode::NotJournalled, 0);
  if (event.journal && log_failing_) return Refusal(*log_failing_, 0);
  if (const auto over = over_limit(event)) return over;
  if (const auto largest = too_large(event)) return Refusal(ErrorCode::StateTooLarge, *largest);
  return std::nullopt;
}

std::optional<Scheduler::Refusal> Scheduler::over_limit(const JobsSubmitted& event) const {
  if (book_.waiting() >= options_.max_queued_jobs) {
    return Refusal(ErrorCode::QueueFull, options_.max_queued_jobs);
  }
  const std::uint32_t per_queue = options_.max_queued_jobs_per_queue;
  if (per_queue > 0 && book_.waiting(event.queue) >= per_queue) {
    return Refusal(ErrorCode::QueueOverLimit, per_queue);
  }
  const std::uint32_t per_session = options_.max_unfinished_jobs_per_session;
  if (sessions_[event.session.index()].unfinished >= per_session) {
    return Refusal(ErrorCode::SessionFull, per_session);
  }
  const std::int64_t per_user = options_.max_queued_jobs_per_user;
  if (per_user > 0 && book_.waiting(event.tenant) >= static_cast<std::uint64_t>(per_user)) {
    return Refusal(ErrorCode::UserOverLimit, per_user);
  }
  return std::nullopt;
}

/// Whether the event's one job is refused because another one has its key.
bool Scheduler::reject_for_key(const JobsSubmitted& event) {
  STEELYARD_ASSERT(event.count == 1 && event.keep);
  const KeyTable::Entry* const taken = keys_.find(event.key);
  if (taken == nullptr) return false;
  const Job& original = jobs_[taken->slot];
  const bool is_same = taken->fingerprint == event.fingerprint;
  emit(Reject{event.session, event.first_sequence, 1,
              is_same ? ErrorCode::DuplicateKey : ErrorCode::KeyConflict, 0, Duration::zero(),
              original.session, original.sequence});
  forget(event.session, event.first_payload);
  return true;
}

/// A key that no job has, because this one was refused or is over, is not kept for it.
void Scheduler::forget_key_if_free(KeyId key) {
  if (key.valid() && keys_.find(key) == nullptr) emit(ForgetKey{key});
}

void Scheduler::reject(const JobsSubmitted& event, std::uint32_t skip, ErrorCode reason,
                       std::int64_t limit) {
  const std::uint32_t count = event.count - skip;
  emit(Reject{event.session, event.first_sequence + skip, count, reason, limit,
              is_passing(reason) ? retry_after() : Duration::zero()});
  forget(event.session, payload_at(event, skip), count);
}

/// Until a twentieth of what may wait has left, at the rate of the last seconds.
Duration Scheduler::retry_after() const {
  constexpr Duration kShortest = std::chrono::milliseconds(100);
  constexpr Duration kLongest = std::chrono::seconds(10);
  const double part = static_cast<double>(book_.waiting()) / 20;
  return std::clamp(drain_rate_.time_for(part, std::chrono::seconds(1)), kShortest, kLongest);
}

bool Scheduler::may_know(SessionId by, SessionId id, std::uint64_t sequence) const {
  if (!has_session(id)) return false;
  const Session& of = sessions_[id.index()];
  return sessions_[by.index()].principal == of.principal && sequence > 0 &&
         sequence <= of.highest();
}

/// As `may_know`, for `by`, from whom something was heard.
bool Scheduler::may_ask(SessionId by, SessionId id, std::uint64_t sequence) {
  session(by).last_heard = now_;
  return may_know(by, id, sequence);
}

}  // namespace steelyard::core
