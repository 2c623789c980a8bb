#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"

/// What the scheduler has appended to the journal, as records whose times are people's.
namespace steelyard::zmq_runtime {

using core::Append;
using core::Job;

void BrokerPort::note_calendar(TimePoint now, std::int64_t unix_ms) {
  calendar_at_ = now;
  calendar_unix_ms_ = unix_ms;
}

/// 0: never, or before people counted.
std::uint64_t BrokerPort::unix_ms(TimePoint time) const {
  if (time == strategy::kNever) return 0;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time - calendar_at_);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(calendar_unix_ms_ + since.count(), 0));
}

void BrokerPort::carry_out(const Append& action) {
  STEELYARD_ASSERT(journal_ != nullptr);
  switch (action.what) {
    case Append::What::Submitted:
      return append_submitted(action);
    case Append::What::Changed:
      if (is_over(action)) break;
      return append(action, store::RecordKind::Changed, encode(change_of(action)));
    case Append::What::Answered:
      if (is_over(action)) break;
      return append(action, store::RecordKind::Answered, encode(answer_of(action)));
    case Append::What::Forgotten:
      break;
  }
  append(action, store::RecordKind::Forgotten, {});
}

/// Whether the job is gone although the step that appended this is not yet carried out.
bool BrokerPort::is_over(const Append& action) const {
  return scheduler_.find(action.session, action.sequence) != action.slot;
}

/// The scheduler and the journal count alike, or an acknowledgement would come too early.
void BrokerPort::append(const Append& action, store::RecordKind kind, std::string bytes) {
  const store::JobKey job{sessions_.key(action.session), action.sequence};
  const std::uint64_t position = journal_->append({job, kind, std::move(bytes)});
  STEELYARD_ASSERT(position == ++appended_);
}

void BrokerPort::append_submitted(const Append& action) {
  STEELYARD_ASSERT(submitted_column_ != nullptr);
  const core::JobsSubmitted& event = submitted_;
  const JobNote& note = payloads_.note(event.first_payload);
  journal::JournalledJob job;
  job.queue = queues_.name(event.queue);
  job.state = states_.name(event.state);
  job.user = users_.name(event.tenant);
  job.priority = event.priority;
  for (const TagId tag : event.tags) job.tags.emplace_back(tags_.name(tag));
  job.state_bytes = event.state_bytes;
  job.keep = event.keep;
  job.unit = note.unit ? 1 : 0;
  job.via_broker = note.via_broker;
  job.principal = submitter_.value;
  job.submitted_at_unix_ms = unix_ms(now_);
  job.start_by_unix_ms = unix_ms(event.start_by);
  if (event.not_before > now_) job.not_before_unix_ms = unix_ms(event.not_before);
  job.time_limit_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(event.time_limit).count());
  job.stream_window_bytes = note.stream_window_bytes;
  job.idempotency_key = keys_.name(event.key);
  job.fingerprint.low = event.fingerprint;
  Append one = action;
  for (std::uint32_t i = 0; i < action.count; ++i) {
    one.sequence = action.sequence + i;
    job.payload =
        (*submitted_column_)[static_cast<std::uint32_t>(one.sequence - event.first_sequence)];
    append(one, store::RecordKind::Submitted, encode(job));
  }
}

journal::JobChange BrokerPort::change_of(const Append& action) const {
  const Job& job = scheduler_.jobs()[action.slot];
  journal::JobChange change;
  change.attempt = job.attempt;
  // One whose payload is gone has its answer, which is appended next.
  if (job.hop > 0 && job.payload.valid()) {
    const strategy::Lane& lane = scheduler_.lanes().info(job.lane);
    change.forwarded = {job.hop, std::string(queues_.name(lane.queue)),
                        std::string(states_.name(lane.state)),
                        std::string(payloads_.get(job.payload))};
  }
  change.deaths = job.deaths;
  change.quarantined = job.state == core::JobState::Quarantined;
  change.released = job.detached && !change.quarantined;
  if (const auto until = scheduler_.delayed_until(action.slot)) {
    change.not_before_unix_ms = unix_ms(*until);
  }
  for (const Evidence::Entry& entry : evidence_.of(action.session, action.sequence)) {
    change.evidence.push_back({entry.worker, std::string(to_string(entry.how)), entry.text,
                               static_cast<std::uint64_t>(entry.at_unix_ms), entry.attempt});
  }
  return change;
}

/// What is needed to tell the answer, and to know the job again by its key.
journal::JournalledAnswer BrokerPort::answer_of(const Append& action) const {
  const Job& job = scheduler_.jobs()[action.slot];
  const strategy::Lane& lane = scheduler_.lanes().info(job.lane);
  const core::Options& limits = options_.limits;
  const auto error = core::error_of(job);
  journal::JournalledAnswer answer;
  answer.job.queue = queues_.name(lane.queue);
  answer.job.state = states_.name(lane.state);
  answer.job.user = users_.name(lane.tenant);
  answer.job.priority = lane.priority;
  answer.job.keep = job.keep;
  answer.job.principal = scheduler_.principal(action.session).value;
  answer.job.submitted_at_unix_ms = unix_ms(job.arrival);
  answer.job.idempotency_key = keys_.name(job.key);
  answer.job.fingerprint.low = scheduler_.fingerprint(job.key);
  if (error) answer.outcome = to_string(*error);
  if (job.result.valid()) answer.result = payloads_.get(job.result);
  answer.waited_us = job.waited_us;
  answer.run_us = job.run_time_us;
  answer.expires_at_unix_ms =
      unix_ms(now_ + (job.outcome == core::Outcome::Cancelled ? limits.cancelled_job_ttl
                                                              : limits.result_ttl));
  return answer;
}

void BrokerPort::persisted(TimePoint now, std::uint64_t through) {
  now_ = now;
  tell_journal(false);
  step(core::Persisted{through});
}

void BrokerPort::journal_failing(TimePoint now, const Error& error) {
  now_ = now;
  journal_error_ = error.context;
  const bool is_full = error.code == ErrorCode::JournalFull;
  tell_journal(true);
  step(core::LogFailing{is_full ? ErrorCode::JournalFull : ErrorCode::JournalBroken});
}

}  // namespace steelyard::zmq_runtime
