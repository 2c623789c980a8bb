#include "steelyard/runtime/journal/records.hpp"

#include <climits>
#include <utility>

#include "steelyard/runtime/journal/journal.pb.h"

namespace steelyard::journal {
namespace {

JobRecord header_of(const JournalledJob& job) {
  JobRecord record;
  record.set_queue(job.queue);
  record.set_state(job.state);
  record.set_user(job.user);
  record.set_priority(job.priority);
  for (const std::string& tag : job.tags) record.add_tags(tag);
  record.set_state_bytes(job.state_bytes);
  record.set_keep(job.keep);
  record.set_unit(job.unit);
  record.set_via_broker(job.via_broker);
  record.set_principal(job.principal);
  record.set_submitted_at_unix_ms(job.submitted_at_unix_ms);
  record.set_start_by_unix_ms(job.start_by_unix_ms);
  record.set_not_before_unix_ms(job.not_before_unix_ms);
  record.set_time_limit_ms(job.time_limit_ms);
  record.set_stream_window_bytes(job.stream_window_bytes);
  record.set_idempotency_key(job.idempotency_key);
  record.set_fingerprint_high(job.fingerprint.high);
  record.set_fingerprint_low(job.fingerprint.low);
  return record;
}

JournalledJob job_of(JobRecord& record) {
  JournalledJob job;
  job.queue = std::move(*record.mutable_queue());
  job.state = std::move(*record.mutable_state());
  job.user = std::move(*record.mutable_user());
  job.priority = record.priority();
  for (std::string& tag : *record.mutable_tags()) job.tags.push_back(std::move(tag));
  job.state_bytes = record.state_bytes();
  job.keep = record.keep();
  job.unit = record.unit();
  job.via_broker = record.via_broker();
  job.principal = record.principal();
  job.submitted_at_unix_ms = record.submitted_at_unix_ms();
  job.start_by_unix_ms = record.start_by_unix_ms();
  job.not_before_unix_ms = record.not_before_unix_ms();
  job.time_limit_ms = record.time_limit_ms();
  job.stream_window_bytes = record.stream_window_bytes();
  job.idempotency_key = std::move(*record.mutable_idempotency_key());
  job.fingerprint = {record.fingerprint_high(), record.fingerprint_low()};
  job.payload = std::move(*record.mutable_payload());
  return job;
}

/// Reads `bytes` into `record`, which is cleared before.
template <class Message>
Result<void> read(Message& record, std::string_view bytes) {
  const bool fits = bytes.size() <= INT_MAX;
  if (fits && record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  return failure(ErrorCode::Malformed, "a record of the journal cannot be understood");
}

}  // namespace

std::string encode(const JournalledJob& job) {
  JobRecord record = header_of(job);
  record.set_payload(job.payload);
  return record.SerializeAsString();
}

std::string encode(const JobChange& change) {
  ChangeRecord record;
  record.set_attempt(change.attempt);
  record.set_deaths(change.deaths);
  record.set_not_before_unix_ms(change.not_before_unix_ms);
  record.set_quarantined(change.quarantined);
  for (const Evidence& evidence : change.evidence) {
    auto& added = *record.add_evidence();
    added.set_worker(evidence.worker);
    added.set_what(evidence.what);
    added.set_text(evidence.text);
    added.set_at_unix_ms(evidence.at_unix_ms);
    added.set_attempt(evidence.attempt);
  }
  record.set_released(change.released);
  record.set_hop(change.forwarded.hop);
  record.set_queue(change.forwarded.queue);
  record.set_state(change.forwarded.state);
  record.set_payload(change.forwarded.payload);
  return record.SerializeAsString();
}

std::string encode(const JournalledAnswer& answer) {
  AnswerRecord record;
  *record.mutable_job() = header_of(answer.job);
  record.set_outcome(answer.outcome);
  record.set_result(answer.result);
  record.set_waited_us(answer.waited_us);
  record.set_run_us(answer.run_us);
  record.set_expires_at_unix_ms(answer.expires_at_unix_ms);
  return record.SerializeAsString();
}

Result<JournalledJob> decode_job(std::string_view bytes) {
  JobRecord record;
  if (auto done = read(record, bytes); !done) return tl::unexpected(std::move(done.error()));
  return job_of(record);
}

Result<JobChange> decode_change(std::string_view bytes) {
  ChangeRecord record;
  if (auto done = read(record, bytes); !done) return tl::unexpected(std::move(done.error()));
  JobChange change;
  change.attempt = record.attempt();
  change.deaths = record.deaths();
  change.not_before_unix_ms = record.not_before_unix_ms();
  change.quarantined = record.quarantined();
  for (const auto& evidence : record.evidence()) {
    change.evidence.push_back({evidence.worker(), evidence.what(), evidence.text(),
                               evidence.at_unix_ms(), evidence.attempt()});
  }
  change.released = record.released();
  change.forwarded = {record.hop(), std::move(*record.mutable_queue()),
                      std::move(*record.mutable_state()), std::move(*record.mutable_payload())};
  return change;
}

Result<JournalledAnswer> decode_answer(std::string_view bytes) {
  AnswerRecord record;
  if (auto done = read(record, bytes); !done) return tl::unexpected(std::move(done.error()));
  JournalledAnswer answer;
  answer.job = job_of(*record.mutable_job());
  answer.outcome = std::move(*record.mutable_outcome());
  answer.result = std::move(*record.mutable_result());
  answer.waited_us = record.waited_us();
  answer.run_us = record.run_us();
  answer.expires_at_unix_ms = record.expires_at_unix_ms();
  return answer;
}

}  // namespace steelyard::journal
