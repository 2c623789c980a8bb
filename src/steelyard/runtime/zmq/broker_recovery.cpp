#include <algorithm>

#include <fmt/format.h>

#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// What the journal knows of former lives of the broker.
namespace steelyard::zmq_runtime {
namespace {

using store::RecordKind;

/// Longer times are this long: 34 years.
constexpr std::int64_t kLongest_ms = std::int64_t{1} << 40;

core::Outcome outcome_of(const std::string& name) {
  if (name.empty()) return core::Outcome::Finished;
  switch (error_code_from(name)) {
    case ErrorCode::Cancelled:
      return core::Outcome::Cancelled;
    case ErrorCode::Expired:
      return core::Outcome::Expired;
    case ErrorCode::Quarantined:
      return core::Outcome::Quarantined;
    default:
      return core::Outcome::Failed;
  }
}

template <class Content>
Result<void> keep(Result<Content> read, std::optional<Content>& into) {
  if (!read) return tl::unexpected(read.error());
  into = std::move(*read);
  return {};
}

}  // namespace

TimePoint BrokerPort::time_of(std::uint64_t unix_ms) const {
  const auto bounded = static_cast<std::int64_t>(
      std::min<std::uint64_t>(unix_ms, static_cast<std::uint64_t>(kLongest_ms) * 4));
  const std::int64_t since = std::clamp(bounded - calendar_unix_ms_, -kLongest_ms, kLongest_ms);
  return std::max(calendar_at_ + std::chrono::milliseconds(since), TimePoint{});
}

/// Records of one job follow one another: what it has become is known when another's comes.
Result<void> BrokerPort::restore(const store::Record& record) {
  const bool begins = !restoring_ || restoring_->key != record.job;
  if (begins) {
    if (auto finished = finish_restoring(); !finished) return finished;
    restoring_ = Restoring{record.job, {}, {}, {}};
  }
  switch (record.kind) {
    case RecordKind::Submitted:
      return keep(journal::decode_job(record.bytes), restoring_->job);
    case RecordKind::Changed:
      return keep(journal::decode_change(record.bytes), restoring_->change);
    case RecordKind::Answered:
      return keep(journal::decode_answer(record.bytes), restoring_->answer);
    case RecordKind::Forgotten:
      break;
  }
  return {};
}

Result<std::uint64_t> BrokerPort::restored() {
  if (auto finished = finish_restoring(); !finished) return tl::unexpected(finished.error());
  return restored_jobs_;
}

Result<void> BrokerPort::finish_restoring() {
  if (!restoring_) return {};
  const Restoring known = std::move(*restoring_);
  restoring_.reset();
  const journal::JournalledJob* const job = known.answer ? &known.answer->job
                                            : known.job  ? &*known.job
                                                         : nullptr;
  // Nothing but a change is left of a job that is over.
  if (job == nullptr) return {};
  core::JobRestored event;
  if (auto named = name_restored(known, *job, event.job); !named) return named;
  event.arrival = std::min(now_, time_of(job->submitted_at_unix_ms));
  known.answer ? restore_answer(*known.answer, event) : restore_waiting(known, event);
  step(event);
  ++restored_jobs_;
  return {};
}

/// The session and all that has a name.
Result<void> BrokerPort::name_restored(const Restoring& known, const journal::JournalledJob& job,
                                       core::JobsSubmitted& event) {
  SessionId session = sessions_.find(known.key.session);
  if (!session.valid()) {
    session = sessions_.give(known.key.session);
    if (session.index() >= reply_to_.size()) reply_to_.resize(session.index() + 1);
    if (session.index() >= is_restored_.size()) is_restored_.resize(session.index() + 1);
    is_restored_[session.index()] = true;
    step(core::SessionRestored{session, PrincipalId{job.principal}});
  }
  event.session = session;
  event.first_sequence = known.key.sequence;
  event.count = 1;
  const bool was_forwarded = !known.answer && known.change && known.change->forwarded.hop > 0;
  const std::string& queue = was_forwarded ? known.change->forwarded.queue : job.queue;
  const std::string& state = was_forwarded ? known.change->forwarded.state : job.state;
  event.queue = queues_.intern(queue);
  if (!state.empty()) event.state = states_.intern(state);
  if (!job.user.empty()) event.tenant = users_.intern(job.user);
  wanted_tags_.clear();
  for (const std::string& tag : job.tags) wanted_tags_.push_back(tags_.intern(tag));
  std::ranges::sort(wanted_tags_);
  event.tags = wanted_tags_;
  if (!job.idempotency_key.empty()) {
    event.key = keys_.take(PrincipalId{job.principal}, job.idempotency_key).id;
    event.fingerprint = job.fingerprint.low;
  }
  const bool named = event.queue.valid() && event.state.valid() == !state.empty() &&
                     event.tenant.valid() == !job.user.empty() &&
                     event.key.valid() == !job.idempotency_key.empty() &&
                     std::ranges::find(wanted_tags_, TagId::none()) == wanted_tags_.end();
  if (!named) {
    return failure(ErrorCode::TooManyNames,
                   fmt::format("the journal's jobs have more names than max_names = {}; raise it",
                               options_.max_names));
  }
  event.priority = job.priority;
  event.state_bytes = job.state_bytes;
  event.keep = job.keep;
  event.journal = true;
  return {};
}

void BrokerPort::restore_waiting(const Restoring& known, core::JobRestored& event) {
  const journal::JournalledJob& job = *known.job;
  const bool was_forwarded = known.change && known.change->forwarded.hop > 0;
  // What a stage forwards is no unit any more.
  const JobNote note{
      job.unit != 0 && !was_forwarded, job.via_broker,
      static_cast<std::uint32_t>(std::min(job.stream_window_bytes, kMaxStreamWindowBytes))};
  event.job.first_payload =
      payloads_.put(was_forwarded ? known.change->forwarded.payload : job.payload, note);
  event.job.time_limit = std::chrono::milliseconds(
      std::min(job.time_limit_ms, static_cast<std::uint64_t>(kLongest_ms)));
  if (job.start_by_unix_ms > 0) event.job.start_by = time_of(job.start_by_unix_ms);
  std::uint64_t not_before = job.not_before_unix_ms;
  if (known.change) {
    const journal::JobChange& change = *known.change;
    not_before = change.not_before_unix_ms;
    event.hop =
        static_cast<std::uint16_t>(std::min<std::uint32_t>(change.forwarded.hop, UINT16_MAX));
    event.attempt = static_cast<std::uint16_t>(std::min<std::uint32_t>(change.attempt, UINT16_MAX));
    event.deaths = static_cast<std::uint8_t>(std::min<std::uint32_t>(change.deaths, UINT8_MAX));
    if (change.quarantined) event.as = core::Restored::Quarantined;
    event.detached = change.quarantined || change.released;
    // Who released it wants it to run, and its answer to be kept.
    if (change.released) {
      event.job.keep = true;
      event.job.start_by = strategy::kNever;
    }
    restore_evidence(event.job, change);
  }
  if (not_before > 0) event.job.not_before = time_of(not_before);
}

void BrokerPort::restore_evidence(const core::JobsSubmitted& job,
                                  const journal::JobChange& change) {
  for (const journal::Evidence& entry : change.evidence) {
    evidence_.note(job.session, job.first_sequence,
                   {entry.worker, death_from(entry.what), entry.text, entry.attempt,
                    static_cast<std::int64_t>(entry.at_unix_ms)});
  }
}

void BrokerPort::restore_answer(const journal::JournalledAnswer& answer, core::JobRestored& event) {
  event.as = core::Restored::Answered;
  event.outcome = outcome_of(answer.outcome);
  if (!answer.outcome.empty()) event.error = error_code_from(answer.outcome);
  const bool has_text = event.outcome == core::Outcome::Finished || !answer.result.empty();
  if (has_text) event.result = payloads_.put(answer.result);
  const auto bounded = [](std::uint64_t us) {
    return std::chrono::microseconds(std::min(us, static_cast<std::uint64_t>(kLongest_ms)));
  };
  event.waited = bounded(answer.waited_us);
  event.run_time = bounded(answer.run_us);
  event.forget_at = time_of(answer.expires_at_unix_ms);
}

}  // namespace steelyard::zmq_runtime
