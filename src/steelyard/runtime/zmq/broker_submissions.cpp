#include <algorithm>
#include <utility>

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// Jobs that clients hand in.
namespace steelyard::zmq_runtime {
namespace {

/// When it is worth trying again to hand in what there was no memory for, or no disk.
constexpr std::uint32_t kRetry_ms = 1'000;
/// Longer times are this long: 34 years.
constexpr std::uint64_t kLongest_ms = std::uint64_t{1} << 40;

Duration bounded(std::uint64_t time_ms) {
  return std::chrono::milliseconds(std::min(time_ms, kLongest_ms));
}

/// Partial results and their end take one way, so that none comes after it.
JobNote note_of(const wire::SubmitRun& run) {
  const bool via_broker = run.keep() || !run.key().empty() || run.stream_window_bytes() > 0 ||
                          run.result_via() == wire::RESULT_VIA_BROKER;
  return {run.unit(), via_broker, static_cast<std::uint32_t>(run.stream_window_bytes())};
}

/// Of all that makes two jobs the same: what is run, with what, for whom, and how safe
/// it is to be: a repetition must not be told more than the first was. Each text comes with its
/// length, so that what belongs to one is not taken for another's.
std::uint64_t fingerprint_of(const wire::SubmitRun& run, const wire::Column& column) {
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset(&state);
  const auto add = [&state](std::string_view text) {
    const std::uint64_t bytes = text.size();
    XXH3_64bits_update(&state, &bytes, sizeof bytes);
    XXH3_64bits_update(&state, text.data(), text.size());
  };
  add(run.queue());
  add(run.state());
  add(run.user());
  // A journal of a former version has jobs that asked for it: they are as they were.
  const bool in_memory = run.durability() != wire::DURABILITY_JOURNAL;
  add(fmt::format("{}{}{}", run.priority(), run.unit() ? "u" : "", in_memory ? "m" : ""));
  std::vector<std::string> tags(run.tags().begin(), run.tags().end());
  std::ranges::sort(tags);
  for (const std::string& tag : tags) add(tag);
  add(column.bytes());
  return XXH3_64bits_digest(&state);
}

}  // namespace

void BrokerPort::hear_submit(Peer& peer, const wire::Envelope& envelope) {
  wire::Submit message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  hear_receipts(peer, message.receipts());
  std::string_view block = envelope.block;
  for (const wire::SubmitRun& run : message.runs()) {
    if (peer.gone) return;
    const auto column = wire::Column::take(run.lengths(), block);
    if (!column) return fault(peer, column.error());
    if (column->count() == 0 || run.first_sequence() == 0 ||
        run.first_sequence() > kMaxSequence - column->count()) {
      return fault(peer, {ErrorCode::Malformed, "a run's jobs are numbered from 1 and below 2^62"});
    }
    submit_run(peer, run, *column);
  }
  if (!block.empty()) fault(peer, {ErrorCode::Malformed, "bytes are left after the last payload"});
}

void BrokerPort::submit_run(Peer& peer, const wire::SubmitRun& run, const wire::Column& column) {
  peer.handed_in = true;
  submitted_ = {};
  core::JobsSubmitted& event = submitted_;
  std::optional<Error> no = refusal(run, column);
  if (!no) no = condition_refusal(run, column);
  if (!no) no = name(run, event);
  KeyTable::Taken key;
  if (!no && !run.key().empty()) {
    key = keys_.take(peer.principal, run.key());
    if (!key.id.valid()) no = too_many_names();
  }
  if (no) return reject(peer, run, column.count(), *no);
  event.session = peer.session;
  event.first_sequence = run.first_sequence();
  event.count = column.count();
  event.priority = run.priority();
  event.state_bytes = run.state_bytes();
  event.keep = run.keep() || !run.key().empty();
  event.journal = run.durability() == wire::DURABILITY_JOURNAL;
  set_times(run, event);
  const JobNote note = note_of(run);
  event.first_payload = payloads_.put(column, note);
  event.key = key.id;
  if (key.id.valid()) event.fingerprint = fingerprint_of(run, column);
  submitted_column_ = &column;
  submitter_ = peer.principal;
  const SessionId session = peer.session;
  step(event);
  submitted_column_ = nullptr;
  // A key that is new, and whose job was not taken in, is free again.
  if (key.is_new && scheduler_.find(session, run.first_sequence()) == core::kNoJob) {
    keys_.forget(key.id);
  }
}

void BrokerPort::set_times(const wire::SubmitRun& run, core::JobsSubmitted& event) const {
  if (run.delay_ms() > 0) event.not_before = now_ + bounded(run.delay_ms());
  if (run.start_within_ms() > 0) event.start_by = now_ + bounded(run.start_within_ms());
  event.time_limit = bounded(run.time_limit_ms());
}

/// What is wrong with when, under which key and how openly the jobs are to be run.
std::optional<Error> BrokerPort::condition_refusal(const wire::SubmitRun& run,
                                                   const wire::Column& column) const {
  const auto invalid = [](std::string text) {
    return Error{ErrorCode::InvalidArgument, std::move(text)};
  };
  if (run.delay_ms() > kMaxDelay_ms) {
    return invalid(fmt::format("delay_ms = {}: the limit is {}", run.delay_ms(), kMaxDelay_ms));
  }
  if (run.start_within_ms() > 0 && run.start_within_ms() < run.delay_ms()) {
    return invalid(fmt::format("start_within_ms = {} is before delay_ms = {}",
                               run.start_within_ms(), run.delay_ms()));
  }
  if (run.stream_window_bytes() > kMaxStreamWindowBytes) {
    return invalid(fmt::format("stream_window_bytes = {}: the limit is {}",
                               run.stream_window_bytes(), kMaxStreamWindowBytes));
  }
  if (run.durability() == wire::DURABILITY_JOURNAL && journal_ != nullptr &&
      journal_->is_behind()) {
    return Error{ErrorCode::JournalBehind,
                 "the journal's disk does not keep up; try again soon, or hand the job in with "
                 "durability memory"};
  }
  if (run.key().empty()) return std::nullopt;
  if (!is_valid_name(run.key())) {
    return Error{ErrorCode::InvalidName, "keys are 1 to 200 of A-Z a-z 0-9 . _ : / @ -"};
  }
  if (column.count() != 1) {
    return invalid(fmt::format("key: it names one job, and {} came", column.count()));
  }
  return std::nullopt;
}

/// Turns a run's names into the event's numbers; the error is why that cannot be done.
std::optional<Error> BrokerPort::name(const wire::SubmitRun& run, core::JobsSubmitted& event) {
  auto tags = tags_of(run.tags(), kMaxTagsPerJob);
  if (!tags) return tags.error();
  wanted_tags_ = std::move(*tags);
  event.tags = wanted_tags_;
  event.queue = queues_.intern(run.queue());
  event.state = run.state().empty() ? StateId::none() : states_.intern(run.state());
  event.tenant = run.user().empty() ? TenantId::none() : users_.intern(run.user());
  const bool named = event.queue.valid() && event.state.valid() == !run.state().empty() &&
                     event.tenant.valid() == !run.user().empty();
  if (named) return std::nullopt;
  return too_many_names();
}

Error BrokerPort::too_many_names() const {
  return {ErrorCode::TooManyNames, fmt::format("max_names = {}", options_.max_names)};
}

void BrokerPort::reject(Peer& peer, const wire::SubmitRun& run, std::uint32_t count,
                        const Error& error) {
  wire::Rejected message;
  message.set_first_sequence(run.first_sequence());
  message.set_count(count);
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  const bool passes =
      error.code == ErrorCode::OutOfMemoryBudget || error.code == ErrorCode::JournalBehind;
  if (passes) message.set_retry_after_ms(kRetry_ms);
  outbox(peer).say(message);
  count_refusal(error.code, count);
  tell_rejected(peer.name, error.code, count, [&] { return error.context; });
  step(core::NumbersSpent{peer.session, run.first_sequence() + count - 1});
}

std::optional<Error> BrokerPort::refusal(const wire::SubmitRun& run,
                                         const wire::Column& column) const {
  for (const std::string* name : {&run.queue(), &run.state(), &run.user()}) {
    if (name->empty() && name != &run.queue()) continue;
    if (!is_valid_name(*name)) {
      return Error{ErrorCode::InvalidName, "names are 1 to 200 of A-Z a-z 0-9 . _ : / @ -"};
    }
  }
  if (column.longest() > options_.max_payload_bytes) {
    return Error{ErrorCode::PayloadTooLarge,
                 fmt::format("{} bytes are over max_payload_bytes = {}", column.longest(),
                             options_.max_payload_bytes)};
  }
  if (payloads_.kept_bytes() + column.bytes().size() > options_.max_kept_bytes) {
    return Error{ErrorCode::OutOfMemoryBudget,
                 fmt::format("payloads are at max_kept_bytes = {}", options_.max_kept_bytes)};
  }
  return std::nullopt;
}

}  // namespace steelyard::zmq_runtime
