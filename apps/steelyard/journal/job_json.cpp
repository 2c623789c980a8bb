#include "journal/job_json.hpp"

#include <string_view>

#include <fmt/format.h>

#include "steelyard/runtime/journal/records.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;
using store::RecordKind;

void add_bytes(json::object& to, const std::string& name, std::string_view bytes) {
  if (is_valid_utf8(bytes)) {
    to[name] = bytes;
  } else {
    to[name + "_base64"] = base64_encode(bytes);
  }
}

void add_job(json::object& to, const journal::JournalledJob& job) {
  to["queue"] = job.queue;
  to["state"] = job.state;
  to["user"] = job.user;
  to["priority"] = job.priority;
  to["tags"] = json::array(job.tags.begin(), job.tags.end());
  to["state_bytes"] = job.state_bytes;
  to["keep"] = job.keep;
  to["unit"] = job.unit;
  to["via_broker"] = job.via_broker;
  to["principal"] = job.principal;
  to["submitted_at_unix_ms"] = job.submitted_at_unix_ms;
  to["start_by_unix_ms"] = job.start_by_unix_ms;
  to["not_before_unix_ms"] = job.not_before_unix_ms;
  to["time_limit_ms"] = job.time_limit_ms;
  to["stream_window_bytes"] = job.stream_window_bytes;
  add_bytes(to, "idempotency_key", job.idempotency_key);
  to["fingerprint"] = fmt::format("{:016x}{:016x}", job.fingerprint.high, job.fingerprint.low);
}

Result<void> add_submitted(const store::Record& record, json::object& to) {
  const auto job = journal::decode_job(record.bytes);
  if (!job) return tl::unexpected(job.error());
  to["standing"] = "waiting";
  add_job(to, *job);
  add_bytes(to, "payload", job->payload);
  return {};
}

Result<void> add_change(const store::Record& record, json::object& to) {
  const auto change = journal::decode_change(record.bytes);
  if (!change) return tl::unexpected(change.error());
  if (change->quarantined) to["standing"] = "quarantined";
  if (change->forwarded.hop > 0) {
    to["hop"] = change->forwarded.hop;
    to["queue"] = change->forwarded.queue;
    to["state"] = change->forwarded.state;
    to.erase("payload");
    to.erase("payload_base64");
    add_bytes(to, "payload", change->forwarded.payload);
  }
  to["attempt"] = change->attempt;
  to["deaths"] = change->deaths;
  to["not_before_unix_ms"] = change->not_before_unix_ms;
  json::array evidence;
  for (const journal::Evidence& each : change->evidence) {
    json::object row{{"worker", each.worker},
                     {"what", each.what},
                     {"at_unix_ms", each.at_unix_ms},
                     {"attempt", each.attempt}};
    add_bytes(row, "text", each.text);
    evidence.push_back(std::move(row));
  }
  to["evidence"] = std::move(evidence);
  return {};
}

Result<void> add_answer(const store::Record& record, json::object& to) {
  const auto answer = journal::decode_answer(record.bytes);
  if (!answer) return tl::unexpected(answer.error());
  to["standing"] = answer->outcome.empty() ? "finished" : answer->outcome;
  add_job(to, answer->job);
  add_bytes(to, "result", answer->result);
  to["waited_us"] = answer->waited_us;
  to["run_us"] = answer->run_us;
  to["expires_at_unix_ms"] = answer->expires_at_unix_ms;
  return {};
}

}  // namespace

std::string job_text(const store::JobKey& job) {
  return JobId{job.session, job.sequence}.text();
}

Result<void> check_record(const store::Record& record) {
  json::object unused;
  return add_to_json(record, unused);
}

Result<void> add_to_json(const store::Record& record, json::object& job) {
  job["job"] = job_text(record.job);
  switch (record.kind) {
    case RecordKind::Submitted:
      return add_submitted(record, job);
    case RecordKind::Changed:
      return add_change(record, job);
    case RecordKind::Answered:
      return add_answer(record, job);
    case RecordKind::Forgotten:
      break;
  }
  return {};
}

}  // namespace steelyard::cli
