#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/standing.hpp"
#include "steelyard/strategy/view.hpp"

/// What can happen to the scheduler. Each event names the session or worker it came from; the port
/// that feeds it in knows this from the connection, never from what the peer claims. Spans are read
/// during the step only.
///
/// Requires (asserted): an event names a session that is not forgotten or a worker that is joined,
/// unless it says otherwise; `Scheduler::is_open` and `workers().joined` tell. A peer that is
/// unknown is told so by its port.
namespace steelyard::core {

/// A client begins a conversation under a free number, or resumes its open one after its connection
/// was cut; resuming delivers every answer again for which no receipt came. The port sees to it
/// that no more than `max_sessions` are open, and that a session is resumed by its own principal.
struct SessionOpened {
  SessionId session;
  PrincipalId principal;
  /// Whether the client says which answers it has. Without, an answer is settled when it is given.
  bool receipts = true;
};

/// Anything was heard from the session.
struct SessionBeat {
  SessionId session;
};

/// The client has gone for good: what is queued is cancelled, what runs is finished unheard.
struct SessionClosed {
  SessionId session;
};

/// The client hands in no more jobs: the session ends when its last one is settled.
struct SessionEnding {
  SessionId session;
};

/// The same, and its jobs are wanted no more: those that wait are cancelled, those that run are
/// asked to stop.
struct SessionAborted {
  SessionId session;
};

/// A run of `count` jobs numbered from `first_sequence`, alike in everything but their payloads,
/// which are `first_payload`, `first_payload + 1`, … or none. A session's numbers begin at 1 and
/// ascend; numbers at or below the highest one seen are repetitions.
/// Requires: the session is open, the queue is valid, `count` > 0, `first_sequence` > 0.
struct JobsSubmitted {
  SessionId session;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  QueueId queue;
  StateId state;
  TenantId tenant;
  std::int32_t priority = 0;
  std::span<const TagId> tags{};  ///< only workers that carry all of them may run the jobs
  std::uint64_t state_bytes = 0;  ///< the state's size, if the requester knows it; 0: not known
  TimePoint not_before{};         ///< they wait until then
  TimePoint start_by = strategy::kNever;  ///< they expire when they have not begun by then
  Duration time_limit{};  ///< an attempt without progress for so long is stopped; zero: never
  PayloadRef first_payload;
  /// They outlive their session, and their answers are kept for a while for those who ask.
  bool keep = false;
  /// Known under this key as long as anything of it is kept. Requires: `count` is 1, `keep`.
  KeyId key;
  std::uint64_t fingerprint = 0;  ///< of all that makes two jobs with one key the same job
  /// They are in the log before they are acknowledged, and outlive broker and session.
  bool journal = false;
};

/// The port has refused jobs numbered up to `through`: these numbers are spent.
struct NumbersSpent {
  SessionId session;
  std::uint64_t through = 0;
};

/// Receipts: the client has the answers of `count` jobs numbered from `first_sequence`.
struct ResultsReceived {
  SessionId session;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 1;
  /// Whose result the client has, when a worker gave it; 0: it was delivered by the scheduler.
  AttemptNumber attempt = 0;
};

/// Cancel a job of a session of the same principal. `session` need not exist.
struct CancelRequested {
  SessionId by;
  std::uint64_t request = 0;  ///< echoed in the answer
  SessionId session;
  std::uint64_t sequence = 0;
};

/// Cancel all jobs of this principal that are not settled and match.
struct CancelMatching {
  SessionId by;
  std::uint64_t request = 0;  ///< echoed in the answer
  QueueId queue;              ///< none(): of any
  TenantId tenant;            ///< none(): of any
  bool dry_run = false;       ///< only count them
};

/// Have a job out of quarantine: run it once more, or drop it. `session` need not exist.
struct QuarantineDecided {
  SessionId by;
  std::uint64_t request = 0;  ///< echoed in the answer
  SessionId session;
  std::uint64_t sequence = 0;
  bool release = false;
};

/// How does a job of a session of the same principal stand? `session` need not exist.
struct JobAsked {
  SessionId by;
  std::uint64_t request = 0;  ///< echoed in the answer
  SessionId session;
  std::uint64_t sequence = 0;
};

/// What a worker serves and what it can do.
struct WorkerProfile {
  std::span<const QueueId> queues;
  std::int32_t priority_min = INT32_MIN;
  std::int32_t priority_max = INT32_MAX;
  std::uint32_t slots = 1;  ///< jobs it runs at once
  double weight = 1.0;
  std::span<const TagId> tags{};         ///< what it carries
  std::uint32_t max_states = 1;          ///< held at once
  std::uint64_t state_memory_bytes = 0;  ///< for all of them; 0: not limited by size
};

/// A worker joins under a free number. Requires: slots, max_states and weight > 0.
struct WorkerJoined {
  WorkerId worker;
  PrincipalId principal;
  WorkerProfile profile;
};

/// A worker that is still joined greets again after its connection was cut. Leases that it does
/// not list, of jobs or of results it keeps, did not reach it or were lost with it: their jobs
/// return to the front.
struct WorkerReturned {
  WorkerId worker;
  std::span<const Lease> held;
};

/// The worker is alive and still has these leases.
struct WorkerBeat {
  WorkerId worker;
  std::span<const Lease> held;
  std::uint8_t machine_load = 0;  ///< how busy its machine is, in tenths
};

/// Assign no more to the worker; dismiss it when it has nothing left. It may have gone already.
struct WorkerDrainRequested {
  WorkerId worker;
};

/// The worker has gone; what it had is treated as lost. It may have gone already.
struct WorkerLeft {
  WorkerId worker;
};

/// What came of one attempt besides its answer.
struct AttemptReport {
  Duration run_time{};            ///< of the work itself
  Duration load_time{};           ///< before it, to load the state; zero: nothing was loaded
  bool load_failed = false;       ///< the state could not be loaded
  std::uint64_t state_bytes = 0;  ///< size of the job's state as measured; 0: not measured
  /// All states that the worker holds now, when they are not those that the core thinks.
  std::optional<std::span<const StateId>> holds{};
};

/// The work function returned. With `delivered` the worker gives the result to the requester itself
/// and, if the session sends receipts, keeps it until it is told otherwise; to be said again when
/// it may have got lost. Otherwise `result` is what to deliver.
struct JobFinished {
  WorkerId worker;
  Lease lease;
  PayloadRef result;
  AttemptReport report;
  bool delivered = false;
};

/// The work function reported an error, whose text is `error`.
struct JobFailed {
  WorkerId worker;
  Lease lease;
  PayloadRef error;
  AttemptReport report;
  bool retry = false;  ///< worth another attempt
  bool delivered = false;
  bool died = false;  ///< the process that did it is gone: as if a worker was lost
};

/// The work function returned, and the job goes on in another queue, or in its own once more: with
/// this payload, as the same job. Limits on what is handed in do not hold for it.
struct JobForwarded {
  WorkerId worker;
  Lease lease;
  QueueId queue;
  StateId state;  ///< none(): the next stage needs none
  PayloadRef payload;
  AttemptReport report;
};

/// An attempt has ended because it was asked to (RequestStop), by itself or by force.
struct JobStopped {
  WorkerId worker;
  Lease lease;
  AttemptReport report;
  bool forced = false;  ///< it did not comply within its grace time
};

/// An attempt was asked to stop, does not, and cannot be ended by its worker.
struct StopIgnored {
  WorkerId worker;
  Lease lease;
};

/// The work function says how far it is.
struct JobProgressed {
  WorkerId worker;
  Lease lease;
  std::uint8_t percent = 0;
};

/// The worker gives up a result that it kept: it was asked for it, or cannot reach the requester.
struct ResultFetched {
  WorkerId worker;
  Lease lease;
  PayloadRef result;
};

/// The worker was asked for a result that it does not have.
struct ResultMissing {
  WorkerId worker;
  Lease lease;
};

/// The worker returns a job it has not started, because long ones are before it: it is given
/// nothing until one of its jobs has ended, or it beats.
struct JobHandedBack {
  WorkerId worker;
  Lease lease;
};

/// What came of LoadState.
struct StateLoaded {
  WorkerId worker;
  StateId state;
  Duration load_time{};
  std::uint64_t state_bytes = 0;  ///< as measured; 0: not measured
  bool failed = false;
};

/// Have `workers` workers hold the state and not give it up; those that do not hold it yet load it.
/// Takes the place of what was asked for this state before; 0: it may be given up again.
struct PinRequested {
  SessionId by;
  std::uint64_t request = 0;  ///< echoed in the answer
  StateId state;
  std::uint32_t workers = 0;
  QueueId queue;  ///< of workers that serve it; none(): of any
};

/// From now on the user's share counts so much beside others'. Requires: finite and > 0.
struct TenantWeighted {
  TenantId tenant;
  double weight = 1.0;
};

/// The balancer stops: nothing more is accepted, what is queued is answered as not done, what runs
/// is finished.
struct StopRequested {};

/// Everything appended up to this record is on disk.
struct Persisted {
  std::uint64_t through = 0;
};

/// The log takes nothing at present; what it was given waits. The next Persisted says that it does
/// again.
struct LogFailing {
  ErrorCode reason = ErrorCode::JournalBroken;  ///< what submissions are refused with
};

/// A session that the log knows, whose client may come back. Until it does, answers are stored;
/// what it hands in again it is told. Before all other events.
/// Requires: the number is free.
struct SessionRestored {
  SessionId session;
  PrincipalId principal;
};

/// What a job in the log has become.
enum class Restored : std::uint8_t { Waiting, Quarantined, Answered };

/// A job that the log knows, in the order in which they were handed in. Requires: the session was
/// restored, its sequence number is new there.
struct JobRestored {
  JobsSubmitted job;          ///< one; times are of this life of the broker
  TimePoint arrival;          ///< as it was, or as early as this clock can say
  std::uint16_t hop = 0;      ///< how often it had been forwarded
  std::uint16_t attempt = 0;  ///< of that stage
  std::uint8_t deaths = 0;
  bool detached = false;  ///< its session has been told that it is in quarantine
  Restored as = Restored::Waiting;
  // Of one that is answered:
  Outcome outcome = Outcome::Finished;
  std::optional<ErrorCode> error{};
  PayloadRef result{};
  Duration waited{};
  Duration run_time{};
  TimePoint forget_at{};
};

/// The driver was not running for this long; silence during it is nobody's fault.
struct DriverStalled {
  Duration stalled_for{};
};

/// Time has passed; due timers are handled.
struct TimePassed {};

using Event =
    std::variant<SessionOpened, SessionBeat, SessionClosed, SessionEnding, SessionAborted,
                 JobsSubmitted, ResultsReceived, NumbersSpent, CancelRequested, CancelMatching,
                 QuarantineDecided, JobAsked, WorkerJoined, WorkerReturned, WorkerBeat,
                 WorkerDrainRequested, WorkerLeft, JobFinished, JobFailed, JobForwarded, JobStopped,
                 StopIgnored, JobProgressed, JobHandedBack, ResultFetched, ResultMissing,
                 StateLoaded, PinRequested, TenantWeighted, StopRequested, Persisted, LogFailing,
                 SessionRestored, JobRestored, DriverStalled, TimePassed>;

}  // namespace steelyard::core
