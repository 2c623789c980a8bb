#include "steelyard/trace/append_record.hpp"
#include "steelyard/trace/encode.hpp"
#include "steelyard/trace/fields.hpp"
#include "steelyard/trace/recording.pb.h"

/// Each event is taken apart by name, all of it, so that a field that is added to one does not
/// compile until it is recorded too.
namespace steelyard::trace {
namespace {

using records::Recording;

/// What most reports say nothing of takes no bytes.
template <class Record>
void put_report(const core::AttemptReport& report, Record& record) {
  const auto& [run_time, load_time, load_failed, state_bytes, holds] = report;
  record.set_run_time_ns(run_time.count());
  if (load_time == Duration() && !load_failed && state_bytes == 0 && !holds) return;
  records::Report& into = *record.mutable_report();
  into.set_load_time_ns(load_time.count());
  into.set_load_failed(load_failed);
  into.set_state_bytes(state_bytes);
  into.set_holds_said(holds.has_value());
  if (holds) put_ids(*holds, *into.mutable_holds());
}

/// Puts one event into its record; the call operators are in the order of core/events.hpp.
struct EventAppender {
  std::string& bytes;
  const Stamp& stamp;

  template <class Record>
  void add(int field, Record& record) const {
    record.set_after_ns(static_cast<std::uint64_t>(stamp.after.count()));
    record.set_checksum(stamp.checksum);
    append_record(bytes, field, record);
  }

  void operator()(const core::SessionOpened& event) const {
    const auto& [session, principal, receipts] = event;
    records::SessionOpened record;
    record.set_session(number(session));
    record.set_principal(number(principal));
    record.set_receipts(receipts);
    add(Recording::kSessionOpenedFieldNumber, record);
  }
  void operator()(const core::SessionBeat& event) const {
    const auto& [session] = event;
    records::SessionBeat record;
    record.set_session(number(session));
    add(Recording::kSessionBeatFieldNumber, record);
  }
  void operator()(const core::SessionClosed& event) const {
    const auto& [session] = event;
    records::SessionClosed record;
    record.set_session(number(session));
    add(Recording::kSessionClosedFieldNumber, record);
  }
  void operator()(const core::SessionEnding& event) const {
    const auto& [session] = event;
    records::SessionEnding record;
    record.set_session(number(session));
    add(Recording::kSessionEndingFieldNumber, record);
  }
  void operator()(const core::SessionAborted& event) const {
    const auto& [session] = event;
    records::SessionAborted record;
    record.set_session(number(session));
    add(Recording::kSessionAbortedFieldNumber, record);
  }
  void operator()(const core::JobsSubmitted& event) const {
    records::JobsSubmitted record;
    put_submission(event, record);
    add(Recording::kJobsSubmittedFieldNumber, record);
  }
  static void put_submission(const core::JobsSubmitted& event, records::JobsSubmitted& record) {
    const auto& [session, first_sequence, count, queue, state, tenant, priority, tags, state_bytes,
                 not_before, start_by, time_limit, first_payload, keep, key, fingerprint, journal] =
        event;
    record.set_session(number(session));
    record.set_first_sequence(first_sequence);
    record.set_count(count);
    record.set_queue(number(queue));
    record.set_state(number(state));
    record.set_user(number(tenant));
    record.set_priority(priority);
    put_ids(tags, *record.mutable_tags());
    record.set_state_bytes(state_bytes);
    if (start_by != strategy::kNever) record.set_start_by_ns(start_by.time_since_epoch().count());
    record.set_first_payload(first_payload.value);
    record.set_keep(keep);
    record.set_not_before_ns(not_before.time_since_epoch().count());
    record.set_time_limit_ns(time_limit.count());
    record.set_key(number(key));
    record.set_fingerprint(fingerprint);
    record.set_journal(journal);
  }
  void operator()(const core::NumbersSpent& event) const {
    const auto& [session, through] = event;
    records::NumbersSpent record;
    record.set_session(number(session));
    record.set_through(through);
    add(Recording::kNumbersSpentFieldNumber, record);
  }
  void operator()(const core::ResultsReceived& event) const {
    const auto& [session, first_sequence, count, attempt] = event;
    records::ResultsReceived record;
    record.set_session(number(session));
    record.set_first_sequence(first_sequence);
    record.set_count(count);
    record.set_attempt(attempt);
    add(Recording::kResultsReceivedFieldNumber, record);
  }
  void operator()(const core::CancelRequested& event) const {
    const auto& [by, request, session, sequence] = event;
    records::CancelRequested record;
    record.set_by(number(by));
    record.set_request(request);
    record.set_session(number(session));
    record.set_sequence(sequence);
    add(Recording::kCancelRequestedFieldNumber, record);
  }
  void operator()(const core::CancelMatching& event) const {
    const auto& [by, request, queue, tenant, dry_run] = event;
    records::CancelMatching record;
    record.set_by(number(by));
    record.set_request(request);
    record.set_queue(number(queue));
    record.set_user(number(tenant));
    record.set_dry_run(dry_run);
    add(Recording::kCancelMatchingFieldNumber, record);
  }
  void operator()(const core::QuarantineDecided& event) const {
    const auto& [by, request, session, sequence, release] = event;
    records::QuarantineDecided record;
    record.set_by(number(by));
    record.set_request(request);
    record.set_session(number(session));
    record.set_sequence(sequence);
    record.set_release(release);
    add(Recording::kQuarantineDecidedFieldNumber, record);
  }
  void operator()(const core::JobAsked& event) const {
    const auto& [by, request, session, sequence] = event;
    records::JobAsked record;
    record.set_by(number(by));
    record.set_request(request);
    record.set_session(number(session));
    record.set_sequence(sequence);
    add(Recording::kJobAskedFieldNumber, record);
  }
  void operator()(const core::WorkerJoined& event) const {
    const auto& [worker, principal, profile] = event;
    const auto& [queues, priority_min, priority_max, slots, weight, tags, max_states,
                 state_memory_bytes] = profile;
    records::WorkerJoined record;
    record.set_worker(number(worker));
    record.set_principal(number(principal));
    put_ids(queues, *record.mutable_queues());
    record.set_priority_min(priority_min);
    record.set_priority_max(priority_max);
    record.set_slots(slots);
    record.set_weight(weight);
    put_ids(tags, *record.mutable_tags());
    record.set_max_states(max_states);
    record.set_state_memory_bytes(state_memory_bytes);
    add(Recording::kWorkerJoinedFieldNumber, record);
  }
  void operator()(const core::WorkerReturned& event) const {
    const auto& [worker, held] = event;
    records::WorkerReturned record;
    record.set_worker(number(worker));
    put_leases(held, *record.mutable_held());
    add(Recording::kWorkerReturnedFieldNumber, record);
  }
  void operator()(const core::WorkerBeat& event) const {
    const auto& [worker, held, machine_load] = event;
    records::WorkerBeat record;
    record.set_worker(number(worker));
    put_leases(held, *record.mutable_held());
    record.set_machine_load(machine_load);
    add(Recording::kWorkerBeatFieldNumber, record);
  }
  void operator()(const core::WorkerDrainRequested& event) const {
    const auto& [worker] = event;
    records::WorkerDrainRequested record;
    record.set_worker(number(worker));
    add(Recording::kWorkerDrainRequestedFieldNumber, record);
  }
  void operator()(const core::WorkerLeft& event) const {
    const auto& [worker] = event;
    records::WorkerLeft record;
    record.set_worker(number(worker));
    add(Recording::kWorkerLeftFieldNumber, record);
  }
  void operator()(const core::JobFinished& event) const {
    const auto& [worker, lease, result, report, delivered] = event;
    records::JobFinished record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    record.set_result(result.value);
    put_report(report, record);
    record.set_delivered(delivered);
    add(Recording::kJobFinishedFieldNumber, record);
  }
  void operator()(const core::JobFailed& event) const {
    const auto& [worker, lease, error, report, retry, delivered, died] = event;
    records::JobFailed record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    record.set_error(error.value);
    put_report(report, record);
    record.set_retry(retry);
    record.set_delivered(delivered);
    record.set_died(died);
    add(Recording::kJobFailedFieldNumber, record);
  }
  void operator()(const core::JobForwarded& event) const {
    const auto& [worker, lease, queue, state, payload, report] = event;
    records::JobForwarded record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    record.set_queue(number(queue));
    record.set_state(number(state));
    record.set_payload(payload.value);
    put_report(report, record);
    add(Recording::kJobForwardedFieldNumber, record);
  }
  void operator()(const core::JobStopped& event) const {
    const auto& [worker, lease, report, forced] = event;
    records::JobStopped record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    put_report(report, record);
    record.set_forced(forced);
    add(Recording::kJobStoppedFieldNumber, record);
  }
  void operator()(const core::StopIgnored& event) const {
    const auto& [worker, lease] = event;
    records::StopIgnored record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    add(Recording::kStopIgnoredFieldNumber, record);
  }
  void operator()(const core::JobProgressed& event) const {
    const auto& [worker, lease, percent] = event;
    records::JobProgressed record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    record.set_percent(percent);
    add(Recording::kJobProgressedFieldNumber, record);
  }
  void operator()(const core::ResultFetched& event) const {
    const auto& [worker, lease, result] = event;
    records::ResultFetched record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    record.set_result(result.value);
    add(Recording::kResultFetchedFieldNumber, record);
  }
  void operator()(const core::ResultMissing& event) const {
    const auto& [worker, lease] = event;
    records::ResultMissing record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    add(Recording::kResultMissingFieldNumber, record);
  }
  void operator()(const core::JobHandedBack& event) const {
    const auto& [worker, lease] = event;
    records::JobHandedBack record;
    record.set_worker(number(worker));
    put_lease(lease, record);
    add(Recording::kJobHandedBackFieldNumber, record);
  }
  void operator()(const core::StateLoaded& event) const {
    const auto& [worker, state, load_time, state_bytes, failed] = event;
    records::StateLoaded record;
    record.set_worker(number(worker));
    record.set_state(number(state));
    record.set_load_time_ns(load_time.count());
    record.set_state_bytes(state_bytes);
    record.set_failed(failed);
    add(Recording::kStateLoadedFieldNumber, record);
  }
  void operator()(const core::PinRequested& event) const {
    const auto& [by, request, state, workers, queue] = event;
    records::PinRequested record;
    record.set_by(number(by));
    record.set_request(request);
    record.set_state(number(state));
    record.set_workers(workers);
    record.set_queue(number(queue));
    add(Recording::kPinRequestedFieldNumber, record);
  }
  void operator()(const core::TenantWeighted& event) const {
    const auto& [tenant, weight] = event;
    records::TenantWeighted record;
    record.set_user(number(tenant));
    record.set_weight(weight);
    add(Recording::kTenantWeightedFieldNumber, record);
  }
  void operator()(const core::StopRequested&) const {
    records::StopRequested record;
    add(Recording::kStopRequestedFieldNumber, record);
  }
  void operator()(const core::Persisted& event) const {
    const auto& [through] = event;
    records::Persisted record;
    record.set_through(through);
    add(Recording::kPersistedFieldNumber, record);
  }
  void operator()(const core::LogFailing& event) const {
    const auto& [reason] = event;
    records::LogFailing record;
    record.set_reason(std::string(to_string(reason)));
    add(Recording::kLogFailingFieldNumber, record);
  }
  void operator()(const core::SessionRestored& event) const {
    const auto& [session, principal] = event;
    records::SessionRestored record;
    record.set_session(number(session));
    record.set_principal(number(principal));
    add(Recording::kSessionRestoredFieldNumber, record);
  }
  void operator()(const core::JobRestored& event) const {
    const auto& [job, arrival, hop, attempt, deaths, detached, as, outcome, error, result, waited,
                 run_time, forget_at] = event;
    records::JobRestored record;
    put_submission(job, *record.mutable_job());
    record.set_arrival_ns(arrival.time_since_epoch().count());
    record.set_hop(hop);
    record.set_attempt(attempt);
    record.set_deaths(deaths);
    record.set_detached(detached);
    record.set_as(static_cast<std::uint32_t>(as));
    record.set_outcome(static_cast<std::uint32_t>(outcome));
    if (error) record.set_error(std::string(to_string(*error)));
    record.set_result(result.value);
    record.set_waited_ns(waited.count());
    record.set_run_time_ns(run_time.count());
    record.set_forget_at_ns(forget_at.time_since_epoch().count());
    add(Recording::kJobRestoredFieldNumber, record);
  }
  void operator()(const core::DriverStalled& event) const {
    const auto& [stalled_for] = event;
    records::DriverStalled record;
    record.set_stalled_for_ns(stalled_for.count());
    add(Recording::kDriverStalledFieldNumber, record);
  }
  void operator()(const core::TimePassed&) const {
    records::TimePassed record;
    add(Recording::kTimePassedFieldNumber, record);
  }
};

}  // namespace

void append_event(std::string& bytes, const core::Event& event, const Stamp& stamp) {
  std::visit(EventAppender{bytes, stamp}, event);
}

}  // namespace steelyard::trace
