#include "steelyard/trace/decode.hpp"
#include "steelyard/trace/number_reader.hpp"
#include "steelyard/trace/recording.pb.h"

namespace steelyard::trace {
namespace {

using records::Recording;

template <class Record>
Lease lease_of(const Record& record) {
  return {record.place(), record.stamp()};
}

/// Makes events of records; the functions are in the order of core/events.hpp.
class EventDecoder {
 public:
  EventDecoder(const Names& names, Spans& spans) : numbers_(names), spans_(spans) {}

  template <class Record>
  std::optional<DecodedEvent> decode(std::string_view bytes) {
    Record record;
    if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
    core::Event event = event_of(record);
    const Duration after = numbers_.duration(static_cast<std::int64_t>(record.after_ns()));
    if (!numbers_.sound()) return std::nullopt;
    return DecodedEvent{event, {after, record.checksum()}};
  }

 private:
  core::Event event_of(const records::SessionOpened& record) {
    return core::SessionOpened{numbers_.session(record.session()),
                               id_of<PrincipalId>(record.principal()), record.receipts()};
  }
  core::Event event_of(const records::SessionBeat& record) {
    return core::SessionBeat{numbers_.session(record.session())};
  }
  core::Event event_of(const records::SessionClosed& record) {
    return core::SessionClosed{numbers_.session(record.session())};
  }
  core::Event event_of(const records::SessionEnding& record) {
    return core::SessionEnding{numbers_.session(record.session())};
  }
  core::Event event_of(const records::SessionAborted& record) {
    return core::SessionAborted{numbers_.session(record.session())};
  }
  core::Event event_of(const records::JobsSubmitted& record) { return submission_of(record); }
  core::JobsSubmitted submission_of(const records::JobsSubmitted& record) {
    core::JobsSubmitted event;
    event.session = numbers_.session(record.session());
    event.first_sequence = record.first_sequence();
    event.count = numbers_.run_of_jobs(record.count());
    event.queue = numbers_.queue(record.queue());
    event.state = numbers_.state(record.state());
    event.tenant = numbers_.user(record.user());
    event.priority = record.priority();
    numbers_.take_tags(record.tags(), spans_.tags);
    event.tags = spans_.tags;
    event.state_bytes = record.state_bytes();
    if (record.has_start_by_ns())
      event.start_by = TimePoint(numbers_.duration(record.start_by_ns()));
    event.first_payload = {record.first_payload()};
    event.keep = record.keep();
    event.not_before = TimePoint(numbers_.duration(record.not_before_ns()));
    event.time_limit = numbers_.duration(record.time_limit_ns());
    event.key = id_of<KeyId>(record.key());
    event.fingerprint = record.fingerprint();
    event.journal = record.journal();
    return event;
  }
  core::Event event_of(const records::NumbersSpent& record) {
    return core::NumbersSpent{numbers_.session(record.session()), record.through()};
  }
  core::Event event_of(const records::ResultsReceived& record) {
    return core::ResultsReceived{numbers_.session(record.session()), record.first_sequence(),
                                 numbers_.run_of_jobs(record.count()), record.attempt()};
  }
  core::Event event_of(const records::CancelRequested& record) {
    return core::CancelRequested{numbers_.session(record.by()), record.request(),
                                 numbers_.session(record.session()), record.sequence()};
  }
  core::Event event_of(const records::CancelMatching& record) {
    return core::CancelMatching{numbers_.session(record.by()), record.request(),
                                numbers_.queue(record.queue()), numbers_.user(record.user()),
                                record.dry_run()};
  }
  core::Event event_of(const records::QuarantineDecided& record) {
    return core::QuarantineDecided{numbers_.session(record.by()), record.request(),
                                   numbers_.session(record.session()), record.sequence(),
                                   record.release()};
  }
  core::Event event_of(const records::JobAsked& record) {
    return core::JobAsked{numbers_.session(record.by()), record.request(),
                          numbers_.session(record.session()), record.sequence()};
  }
  core::Event event_of(const records::WorkerJoined& record) {
    numbers_.take_queues(record.queues(), spans_.queues);
    numbers_.take_tags(record.tags(), spans_.tags);
    core::WorkerProfile profile;
    profile.queues = spans_.queues;
    profile.priority_min = record.priority_min();
    profile.priority_max = record.priority_max();
    profile.slots = record.slots();
    profile.weight = record.weight();
    profile.tags = spans_.tags;
    profile.max_states = record.max_states();
    profile.state_memory_bytes = record.state_memory_bytes();
    return core::WorkerJoined{numbers_.worker(record.worker()),
                              id_of<PrincipalId>(record.principal()), profile};
  }
  core::Event event_of(const records::WorkerReturned& record) {
    return core::WorkerReturned{numbers_.worker(record.worker()),
                                take_leases(record.held(), spans_.leases)};
  }
  core::Event event_of(const records::WorkerBeat& record) {
    return core::WorkerBeat{numbers_.worker(record.worker()),
                            take_leases(record.held(), spans_.leases),
                            static_cast<std::uint8_t>(record.machine_load())};
  }
  core::Event event_of(const records::WorkerDrainRequested& record) {
    return core::WorkerDrainRequested{numbers_.worker(record.worker())};
  }
  core::Event event_of(const records::WorkerLeft& record) {
    return core::WorkerLeft{numbers_.worker(record.worker())};
  }
  core::Event event_of(const records::JobFinished& record) {
    return core::JobFinished{numbers_.worker(record.worker()),
                             lease_of(record),
                             {record.result()},
                             report_of(record),
                             record.delivered()};
  }
  core::Event event_of(const records::JobFailed& record) {
    return core::JobFailed{numbers_.worker(record.worker()),
                           lease_of(record),
                           {record.error()},
                           report_of(record),
                           record.retry(),
                           record.delivered(),
                           record.died()};
  }
  core::Event event_of(const records::JobForwarded& record) {
    return core::JobForwarded{
        numbers_.worker(record.worker()), lease_of(record),   numbers_.queue(record.queue()),
        numbers_.state(record.state()),   {record.payload()}, report_of(record)};
  }
  core::Event event_of(const records::JobStopped& record) {
    return core::JobStopped{numbers_.worker(record.worker()), lease_of(record), report_of(record),
                            record.forced()};
  }
  core::Event event_of(const records::StopIgnored& record) {
    return core::StopIgnored{numbers_.worker(record.worker()), lease_of(record)};
  }
  core::Event event_of(const records::JobProgressed& record) {
    return core::JobProgressed{numbers_.worker(record.worker()), lease_of(record),
                               static_cast<std::uint8_t>(record.percent())};
  }
  core::Event event_of(const records::ResultFetched& record) {
    return core::ResultFetched{
        numbers_.worker(record.worker()), lease_of(record), {record.result()}};
  }
  core::Event event_of(const records::ResultMissing& record) {
    return core::ResultMissing{numbers_.worker(record.worker()), lease_of(record)};
  }
  core::Event event_of(const records::JobHandedBack& record) {
    return core::JobHandedBack{numbers_.worker(record.worker()), lease_of(record)};
  }
  core::Event event_of(const records::StateLoaded& record) {
    return core::StateLoaded{numbers_.worker(record.worker()), numbers_.state(record.state()),
                             numbers_.duration(record.load_time_ns()), record.state_bytes(),
                             record.failed()};
  }
  core::Event event_of(const records::PinRequested& record) {
    return core::PinRequested{numbers_.session(record.by()), record.request(),
                              numbers_.state(record.state()), record.workers(),
                              numbers_.queue(record.queue())};
  }
  core::Event event_of(const records::TenantWeighted& record) {
    return core::TenantWeighted{numbers_.user(record.user()), record.weight()};
  }
  core::Event event_of(const records::StopRequested&) { return core::StopRequested{}; }
  core::Event event_of(const records::Persisted& record) {
    return core::Persisted{record.through()};
  }
  core::Event event_of(const records::LogFailing& record) {
    return core::LogFailing{error_code_from(record.reason())};
  }
  core::Event event_of(const records::SessionRestored& record) {
    return core::SessionRestored{numbers_.session(record.session()),
                                 id_of<PrincipalId>(record.principal())};
  }
  core::Event event_of(const records::JobRestored& record) {
    core::JobRestored event;
    event.job = submission_of(record.job());
    event.arrival = TimePoint(numbers_.duration(record.arrival_ns()));
    event.hop = static_cast<std::uint16_t>(record.hop());
    event.attempt = static_cast<std::uint16_t>(record.attempt());
    event.deaths = static_cast<std::uint8_t>(record.deaths());
    event.detached = record.detached();
    event.as = static_cast<core::Restored>(numbers_.below(record.as(), 3));
    event.outcome = static_cast<core::Outcome>(numbers_.below(record.outcome(), 5));
    if (!record.error().empty()) event.error = error_code_from(record.error());
    event.result = {record.result()};
    event.waited = numbers_.duration(record.waited_ns());
    event.run_time = numbers_.duration(record.run_time_ns());
    event.forget_at = TimePoint(numbers_.duration(record.forget_at_ns()));
    return event;
  }
  core::Event event_of(const records::DriverStalled& record) {
    return core::DriverStalled{numbers_.duration(record.stalled_for_ns())};
  }
  core::Event event_of(const records::TimePassed&) { return core::TimePassed{}; }

  template <class Record>
  core::AttemptReport report_of(const Record& record) {
    core::AttemptReport report;
    report.run_time = numbers_.duration(record.run_time_ns());
    if (!record.has_report()) return report;
    const records::Report& rest = record.report();
    report.load_time = numbers_.duration(rest.load_time_ns());
    report.load_failed = rest.load_failed();
    report.state_bytes = rest.state_bytes();
    if (rest.holds_said()) {
      numbers_.take_states(rest.holds(), spans_.states);
      report.holds = spans_.states;
    }
    return report;
  }

  NumberReader numbers_;
  Spans& spans_;
};

}  // namespace

std::optional<DecodedEvent> decode_event(int field, std::string_view bytes, const Names& names,
                                         Spans& spans) {
  EventDecoder decoder(names, spans);
  // clang-format off
  switch (field) {
    case Recording::kSessionOpenedFieldNumber: return decoder.decode<records::SessionOpened>(bytes);
    case Recording::kSessionBeatFieldNumber: return decoder.decode<records::SessionBeat>(bytes);
    case Recording::kSessionClosedFieldNumber: return decoder.decode<records::SessionClosed>(bytes);
    case Recording::kSessionEndingFieldNumber: return decoder.decode<records::SessionEnding>(bytes);
    case Recording::kJobsSubmittedFieldNumber: return decoder.decode<records::JobsSubmitted>(bytes);
    case Recording::kNumbersSpentFieldNumber: return decoder.decode<records::NumbersSpent>(bytes);
    case Recording::kResultsReceivedFieldNumber:
      return decoder.decode<records::ResultsReceived>(bytes);
    case Recording::kCancelRequestedFieldNumber:
      return decoder.decode<records::CancelRequested>(bytes);
    case Recording::kJobAskedFieldNumber: return decoder.decode<records::JobAsked>(bytes);
    case Recording::kWorkerJoinedFieldNumber: return decoder.decode<records::WorkerJoined>(bytes);
    case Recording::kWorkerReturnedFieldNumber:
      return decoder.decode<records::WorkerReturned>(bytes);
    case Recording::kWorkerBeatFieldNumber: return decoder.decode<records::WorkerBeat>(bytes);
    case Recording::kWorkerDrainRequestedFieldNumber:
      return decoder.decode<records::WorkerDrainRequested>(bytes);
    case Recording::kWorkerLeftFieldNumber: return decoder.decode<records::WorkerLeft>(bytes);
    case Recording::kJobFinishedFieldNumber: return decoder.decode<records::JobFinished>(bytes);
    case Recording::kJobFailedFieldNumber: return decoder.decode<records::JobFailed>(bytes);
    case Recording::kJobForwardedFieldNumber: return decoder.decode<records::JobForwarded>(bytes);
    case Recording::kJobHandedBackFieldNumber: return decoder.decode<records::JobHandedBack>(bytes);
    case Recording::kResultFetchedFieldNumber: return decoder.decode<records::ResultFetched>(bytes);
    case Recording::kResultMissingFieldNumber: return decoder.decode<records::ResultMissing>(bytes);
    case Recording::kStateLoadedFieldNumber: return decoder.decode<records::StateLoaded>(bytes);
    case Recording::kPinRequestedFieldNumber: return decoder.decode<records::PinRequested>(bytes);
    case Recording::kTenantWeightedFieldNumber:
      return decoder.decode<records::TenantWeighted>(bytes);
    case Recording::kStopRequestedFieldNumber: return decoder.decode<records::StopRequested>(bytes);
    case Recording::kSessionAbortedFieldNumber:
      return decoder.decode<records::SessionAborted>(bytes);
    case Recording::kCancelMatchingFieldNumber:
      return decoder.decode<records::CancelMatching>(bytes);
    case Recording::kQuarantineDecidedFieldNumber:
      return decoder.decode<records::QuarantineDecided>(bytes);
    case Recording::kJobStoppedFieldNumber: return decoder.decode<records::JobStopped>(bytes);
    case Recording::kStopIgnoredFieldNumber: return decoder.decode<records::StopIgnored>(bytes);
    case Recording::kJobProgressedFieldNumber: return decoder.decode<records::JobProgressed>(bytes);
    case Recording::kPersistedFieldNumber: return decoder.decode<records::Persisted>(bytes);
    case Recording::kLogFailingFieldNumber: return decoder.decode<records::LogFailing>(bytes);
    case Recording::kSessionRestoredFieldNumber:
      return decoder.decode<records::SessionRestored>(bytes);
    case Recording::kJobRestoredFieldNumber: return decoder.decode<records::JobRestored>(bytes);
    case Recording::kDriverStalledFieldNumber: return decoder.decode<records::DriverStalled>(bytes);
    case Recording::kTimePassedFieldNumber: return decoder.decode<records::TimePassed>(bytes);
    default: return std::nullopt;
  }
  // clang-format on
}

}  // namespace steelyard::trace
