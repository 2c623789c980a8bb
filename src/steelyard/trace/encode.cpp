#include "steelyard/trace/encode.hpp"

#include "steelyard/trace/append_record.hpp"
#include "steelyard/trace/fields.hpp"
#include "steelyard/trace/format.hpp"
#include "steelyard/trace/recording.pb.h"

namespace steelyard::trace {
namespace {

using records::Recording;

/// Puts a decision into its record, and passes over every other action.
struct DecisionAppender {
  std::string& bytes;

  template <class Action>
  void operator()(const Action&) const {}

  void operator()(const core::Assign& action) const {
    records::Assigned record;
    record.set_worker(number(action.worker));
    put_lease(action.lease, record);
    record.set_session(number(action.session));
    record.set_sequence(action.sequence);
    record.set_loads(action.loads);
    append_record(bytes, Recording::kAssignedFieldNumber, record);
  }
  void operator()(const core::Evict& action) const {
    records::Evicted record;
    record.set_worker(number(action.worker));
    record.set_state(number(action.state));
    append_record(bytes, Recording::kEvictedFieldNumber, record);
  }
  void operator()(const core::LoadState& action) const {
    records::LoadOrdered record;
    record.set_worker(number(action.worker));
    record.set_state(number(action.state));
    record.set_queue(number(action.queue));
    append_record(bytes, Recording::kLoadOrderedFieldNumber, record);
  }
  void operator()(const core::Reject& action) const {
    records::Rejected record;
    record.set_session(number(action.session));
    record.set_first_sequence(action.first_sequence);
    record.set_count(action.count);
    record.set_reason(std::string(to_string(action.reason)));
    record.set_limit(action.limit);
    append_record(bytes, Recording::kRejectedFieldNumber, record);
  }
  void operator()(const core::DeclareLost& action) const {
    records::DeclaredLost record;
    record.set_worker(number(action.worker));
    append_record(bytes, Recording::kDeclaredLostFieldNumber, record);
  }
  void operator()(const core::Dismiss& action) const {
    records::Dismissed record;
    record.set_worker(number(action.worker));
    append_record(bytes, Recording::kDismissedFieldNumber, record);
  }
  void operator()(const core::RequestStop& action) const {
    records::StopOrdered record;
    record.set_worker(number(action.worker));
    put_lease(action.lease, record);
    record.set_why(static_cast<std::uint32_t>(action.why));
    append_record(bytes, Recording::kStopOrderedFieldNumber, record);
  }
  void operator()(const core::Expel& action) const {
    records::Expelled record;
    record.set_worker(number(action.worker));
    append_record(bytes, Recording::kExpelledFieldNumber, record);
  }
  void operator()(const core::RefuseWorker& action) const {
    records::WorkerRefused record;
    record.set_worker(number(action.worker));
    record.set_reason(std::string(to_string(action.reason)));
    append_record(bytes, Recording::kWorkerRefusedFieldNumber, record);
  }
  void operator()(const core::ForgetSession& action) const {
    records::SessionForgotten record;
    record.set_session(number(action.session));
    append_record(bytes, Recording::kSessionForgottenFieldNumber, record);
  }
};

void put_options(const core::Options& options, records::Options& into) {
  const auto& [max_queued_jobs, max_queued_jobs_per_user, max_queued_jobs_per_queue,
               max_unfinished_jobs_per_session, max_lanes, max_workers, max_sessions,
               max_unstarted_work, max_unstarted_jobs, max_attempts, max_hops, retry_first,
               retry_max, seed, max_deaths, max_quarantined_jobs, max_job_age, unserved_ttl,
               stop_timeout, max_pending_cancels, max_offences_per_worker, has_log,
               worker_lost_after, return_timeout, result_ttl, asked_result_ttl, cancelled_job_ttl,
               session_gone_after, load_retry_first, load_retry_max, max_pinned_states, time_prior,
               max_decisions_kept] = options;
  into.set_max_queued_jobs(max_queued_jobs);
  into.set_max_queued_jobs_per_user(max_queued_jobs_per_user);
  into.set_max_unfinished_jobs_per_session(max_unfinished_jobs_per_session);
  into.set_max_lanes(max_lanes);
  into.set_max_workers(max_workers);
  into.set_max_sessions(max_sessions);
  into.set_max_unstarted_work_ns(max_unstarted_work.count());
  into.set_max_unstarted_jobs(max_unstarted_jobs);
  into.set_max_attempts(max_attempts);
  into.set_max_hops(max_hops);
  into.set_worker_lost_after_ns(worker_lost_after.count());
  into.set_return_timeout_ns(return_timeout.count());
  into.set_result_ttl_ns(result_ttl.count());
  into.set_asked_result_ttl_ns(asked_result_ttl.count());
  into.set_cancelled_job_ttl_ns(cancelled_job_ttl.count());
  into.set_session_gone_after_ns(session_gone_after.count());
  into.set_load_retry_first_ns(load_retry_first.count());
  into.set_load_retry_max_ns(load_retry_max.count());
  into.set_max_pinned_states(max_pinned_states);
  into.set_prior_load_s(time_prior.load_s);
  into.set_prior_run_s(time_prior.run_s);
  into.set_max_decisions_kept(max_decisions_kept);
  into.set_max_queued_jobs_per_queue(max_queued_jobs_per_queue);
  into.set_retry_first_ns(retry_first.count());
  into.set_retry_max_ns(retry_max.count());
  into.set_seed(seed);
  into.set_max_deaths(max_deaths);
  into.set_max_quarantined_jobs(max_quarantined_jobs);
  into.set_max_job_age_ns(max_job_age.count());
  into.set_stop_timeout_ns(stop_timeout.count());
  into.set_max_pending_cancels(max_pending_cancels);
  into.set_max_offences_per_worker(max_offences_per_worker);
  into.set_has_log(has_log);
  into.set_unserved_ttl_ns(unserved_ttl.count());
}

}  // namespace

void append_decision(std::string& bytes, const core::Action& action) {
  std::visit(DecisionAppender{bytes}, action);
}

void append_name(std::string& bytes, NameKind kind, std::string_view name) {
  records::Name record;
  record.set_kind(static_cast<records::Name::Kind>(kind));
  record.set_text(std::string(name));
  append_record(bytes, Recording::kNameFieldNumber, record);
}

void append_preface(std::string& bytes, const Preface& preface) {
  records::Header record;
  record.set_what(kWhat);
  record.set_format(kFormat);
  record.set_program(preface.program);
  record.set_strategy(preface.strategy);
  put_options(preface.options, *record.mutable_options());
  record.set_begun_ns(preface.begun.time_since_epoch().count());
  record.set_begun_unix_ms(preface.begun_unix_ms);
  append_record(bytes, Recording::kHeaderFieldNumber, record);
}

void append_end(std::string& bytes, std::string_view why) {
  records::Ended record;
  record.set_why(std::string(why));
  append_record(bytes, Recording::kEndedFieldNumber, record);
}

}  // namespace steelyard::trace
