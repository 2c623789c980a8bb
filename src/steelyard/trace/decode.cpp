#include "steelyard/trace/decode.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/trace/format.hpp"
#include "steelyard/trace/number_reader.hpp"
#include "steelyard/trace/recording.pb.h"

namespace steelyard::trace {
namespace {

using records::Recording;

template <class Record>
bool parse(std::string_view bytes, Record& record) {
  return record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

/// Whether it may be shown on a terminal.
bool is_presentable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

class DecisionDecoder {
 public:
  explicit DecisionDecoder(const Names& names) : numbers_(names) {}

  template <class Record>
  std::optional<core::Action> decode(std::string_view bytes) {
    Record record;
    if (!parse(bytes, record)) return std::nullopt;
    core::Action action = action_of(record);
    if (!numbers_.sound()) return std::nullopt;
    return action;
  }

 private:
  core::Action action_of(const records::Assigned& record) {
    core::Assign action;
    action.worker = numbers_.worker(record.worker());
    action.lease = {record.place(), record.stamp()};
    action.session = numbers_.session(record.session());
    action.sequence = record.sequence();
    action.loads = record.loads();
    return action;
  }
  core::Action action_of(const records::Evicted& record) {
    return core::Evict{numbers_.worker(record.worker()), numbers_.state(record.state())};
  }
  core::Action action_of(const records::LoadOrdered& record) {
    return core::LoadState{numbers_.worker(record.worker()), numbers_.state(record.state()),
                           numbers_.queue(record.queue())};
  }
  core::Action action_of(const records::Rejected& record) {
    return core::Reject{numbers_.session(record.session()), record.first_sequence(), record.count(),
                        error_code_from(record.reason()), record.limit()};
  }
  core::Action action_of(const records::DeclaredLost& record) {
    return core::DeclareLost{numbers_.worker(record.worker())};
  }
  core::Action action_of(const records::Dismissed& record) {
    return core::Dismiss{numbers_.worker(record.worker())};
  }
  core::Action action_of(const records::StopOrdered& record) {
    return core::RequestStop{numbers_.worker(record.worker()),
                             {record.place(), record.stamp()},
                             static_cast<core::StopReason>(numbers_.below(record.why(), 3))};
  }
  core::Action action_of(const records::Expelled& record) {
    return core::Expel{numbers_.worker(record.worker())};
  }
  core::Action action_of(const records::WorkerRefused& record) {
    return core::RefuseWorker{numbers_.worker(record.worker()), error_code_from(record.reason())};
  }
  core::Action action_of(const records::SessionForgotten& record) {
    return core::ForgetSession{numbers_.session(record.session())};
  }

  NumberReader numbers_;
};

core::Options options_of(const records::Options& from, NumberReader& numbers) {
  core::Options options;
  options.max_queued_jobs = from.max_queued_jobs();
  options.max_queued_jobs_per_user = from.max_queued_jobs_per_user();
  options.max_unfinished_jobs_per_session = from.max_unfinished_jobs_per_session();
  options.max_lanes = from.max_lanes();
  options.max_workers = from.max_workers();
  options.max_sessions = from.max_sessions();
  options.max_unstarted_work = numbers.duration(from.max_unstarted_work_ns());
  options.max_unstarted_jobs = from.max_unstarted_jobs();
  options.max_attempts = static_cast<std::uint16_t>(from.max_attempts());
  options.max_hops = static_cast<std::uint16_t>(from.max_hops());
  options.worker_lost_after = numbers.duration(from.worker_lost_after_ns());
  options.return_timeout = numbers.duration(from.return_timeout_ns());
  options.result_ttl = numbers.duration(from.result_ttl_ns());
  options.asked_result_ttl = numbers.duration(from.asked_result_ttl_ns());
  options.cancelled_job_ttl = numbers.duration(from.cancelled_job_ttl_ns());
  options.session_gone_after = numbers.duration(from.session_gone_after_ns());
  options.load_retry_first = numbers.duration(from.load_retry_first_ns());
  options.load_retry_max = numbers.duration(from.load_retry_max_ns());
  options.max_pinned_states = from.max_pinned_states();
  options.time_prior = {from.prior_load_s(), from.prior_run_s()};
  options.max_decisions_kept = from.max_decisions_kept();
  options.max_queued_jobs_per_queue = from.max_queued_jobs_per_queue();
  options.retry_first = numbers.duration(from.retry_first_ns());
  options.retry_max = numbers.duration(from.retry_max_ns());
  options.seed = from.seed();
  options.max_deaths = static_cast<std::uint8_t>(from.max_deaths());
  options.max_quarantined_jobs = from.max_quarantined_jobs();
  options.max_job_age = numbers.duration(from.max_job_age_ns());
  options.stop_timeout = numbers.duration(from.stop_timeout_ns());
  options.max_pending_cancels = from.max_pending_cancels();
  options.max_offences_per_worker = from.max_offences_per_worker();
  options.has_log = from.has_log();
  options.unserved_ttl = numbers.duration(from.unserved_ttl_ns());
  return options;
}

/// What a scheduler requires of its options.
bool are_sound(const core::Options& options) {
  return options.max_attempts > 0 && options.max_unstarted_work < std::chrono::seconds(4) &&
         std::isfinite(options.time_prior.load_s) && std::isfinite(options.time_prior.run_s);
}

}  // namespace

bool is_decision(int field) {
  return field == Recording::kAssignedFieldNumber || field == Recording::kEvictedFieldNumber ||
         (field >= Recording::kLoadOrderedFieldNumber && field <= Recording::kExpelledFieldNumber);
}

std::optional<core::Action> decode_decision(int field, std::string_view bytes, const Names& names) {
  DecisionDecoder decoder(names);
  switch (field) {
    case Recording::kAssignedFieldNumber:
      return decoder.decode<records::Assigned>(bytes);
    case Recording::kEvictedFieldNumber:
      return decoder.decode<records::Evicted>(bytes);
    case Recording::kLoadOrderedFieldNumber:
      return decoder.decode<records::LoadOrdered>(bytes);
    case Recording::kRejectedFieldNumber:
      return decoder.decode<records::Rejected>(bytes);
    case Recording::kDeclaredLostFieldNumber:
      return decoder.decode<records::DeclaredLost>(bytes);
    case Recording::kDismissedFieldNumber:
      return decoder.decode<records::Dismissed>(bytes);
    case Recording::kStopOrderedFieldNumber:
      return decoder.decode<records::StopOrdered>(bytes);
    case Recording::kExpelledFieldNumber:
      return decoder.decode<records::Expelled>(bytes);
    case Recording::kWorkerRefusedFieldNumber:
      return decoder.decode<records::WorkerRefused>(bytes);
    case Recording::kSessionForgottenFieldNumber:
      return decoder.decode<records::SessionForgotten>(bytes);
    default:
      return std::nullopt;
  }
}

std::optional<core::Action> decision_of(const core::Action& action) {
  if (const auto* assign = std::get_if<core::Assign>(&action)) {
    core::Assign recorded;
    recorded.worker = assign->worker;
    recorded.lease = assign->lease;
    recorded.session = assign->session;
    recorded.sequence = assign->sequence;
    recorded.loads = assign->loads;
    return recorded;
  }
  if (const auto* reject = std::get_if<core::Reject>(&action)) {
    return core::Reject{reject->session, reject->first_sequence, reject->count, reject->reason,
                        reject->limit};
  }
  const bool is_whole = std::holds_alternative<core::Evict>(action) ||
                        std::holds_alternative<core::LoadState>(action) ||
                        std::holds_alternative<core::RequestStop>(action) ||
                        std::holds_alternative<core::Expel>(action) ||
                        std::holds_alternative<core::DeclareLost>(action) ||
                        std::holds_alternative<core::Dismiss>(action) ||
                        std::holds_alternative<core::RefuseWorker>(action) ||
                        std::holds_alternative<core::ForgetSession>(action);
  return is_whole ? std::optional(action) : std::nullopt;
}

bool decode_name(std::string_view bytes, Names& names) {
  records::Name record;
  if (!parse(bytes, record) || !is_valid_name(record.text())) return false;
  switch (record.kind()) {
    case records::Name::QUEUE:
      names.queues.push_back(record.text());
      return true;
    case records::Name::STATE:
      names.states.push_back(record.text());
      return true;
    case records::Name::USER:
      names.users.push_back(record.text());
      return true;
    case records::Name::TAG:
      names.tags.push_back(record.text());
      return true;
    default:
      return false;
  }
}

Result<Preface> decode_preface(std::string_view bytes) {
  records::Header record;
  if (!parse(bytes, record) || record.what() != kWhat || !is_presentable(record.program())) {
    return failure(ErrorCode::Malformed, "this is no recording of `steelyard broker --record`");
  }
  if (record.format() != kFormat) {
    return failure(ErrorCode::VersionMismatch,
                   fmt::format("recorded by {} in format {}; this program reads format {}: use {}",
                               record.program(), record.format(), kFormat, record.program()));
  }
  Preface preface;
  preface.program = record.program();
  preface.strategy = record.strategy();
  const Names no_names;
  NumberReader numbers(no_names);
  preface.options = options_of(record.options(), numbers);
  preface.begun = TimePoint(numbers.duration(record.begun_ns()));
  preface.begun_unix_ms = record.begun_unix_ms();
  if (!numbers.sound() || !are_sound(preface.options) || !is_presentable(preface.strategy)) {
    return failure(ErrorCode::Malformed, "the recorded options are outside their ranges");
  }
  return preface;
}

std::optional<std::string> decode_end(std::string_view bytes) {
  records::Ended record;
  if (!parse(bytes, record) || !is_presentable(record.why())) return std::nullopt;
  return record.why();
}

}  // namespace steelyard::trace
