#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/standing.hpp"

/// What the scheduler wants done. A step's actions are carried out in order, all of them, before
/// the next step.
namespace steelyard::core {

/// Everything up to `through` has been accepted or refused; it need not be sent again.
struct Acknowledge {
  SessionId session;
  std::uint64_t through = 0;
  QueueId unserved;  ///< valid: the queue of this submission that no worker serves yet
  /// The highest of them that asked for the log, and is on disk; 0: none.
  std::uint64_t journalled_through = 0;
  friend bool operator==(const Acknowledge&, const Acknowledge&) = default;
};

/// Jobs that were not accepted. Their numbers are spent; a new attempt takes new numbers.
struct Reject {
  SessionId session;
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;
  ErrorCode reason = ErrorCode::QueueFull;
  std::int64_t limit = 0;
  Duration retry_after{};  ///< when it is worth trying again; zero: it is not
  // With DuplicateKey and KeyConflict: the job that has the key.
  SessionId original_session{};
  std::uint64_t original_sequence = 0;
  friend bool operator==(const Reject&, const Reject&) = default;
};

/// Give the job to the worker.
struct Assign {
  WorkerId worker;
  Lease lease;
  PayloadRef payload;
  SessionId session;
  std::uint64_t sequence = 0;
  QueueId queue;
  StateId state;
  TenantId tenant;
  std::int32_t priority = 0;
  AttemptNumber attempt = 1;
  bool loads = false;     ///< the worker does not hold the state and has to load it first
  Duration waited{};      ///< in its queue, and in those of the stages before
  bool to_store = false;  ///< nobody waits for the result, which goes to the scheduler
  friend bool operator==(const Assign&, const Assign&) = default;
};

/// The worker lets go of a state, to make room for the one it is about to be given.
struct Evict {
  WorkerId worker;
  StateId state;
  friend bool operator==(const Evict&, const Evict&) = default;
};

/// The worker loads a state ahead of any job, and says what came of it (StateLoaded).
struct LoadState {
  WorkerId worker;
  StateId state;
  QueueId queue;  ///< one that it serves and that uses the state; none(): nobody knows
  friend bool operator==(const LoadState&, const LoadState&) = default;
};

/// What became of PinRequested: so many workers hold the state pinned, so many more are loading it.
/// `holding + loading` is less than was asked for when there are not enough workers that could.
struct AnswerPin {
  SessionId session;
  std::uint64_t request = 0;
  std::uint32_t holding = 0;
  std::uint32_t loading = 0;
  friend bool operator==(const AnswerPin&, const AnswerPin&) = default;
};

/// Answer the requester. Without `error` the job finished and `result` is its result; with
/// WorkFailed or AttemptsExhausted `result` (if valid) is the text of the last error.
struct Deliver {
  SessionId session;
  std::uint64_t sequence = 0;
  std::optional<ErrorCode> error;
  PayloadRef result;
  PayloadRef payload;   ///< the job's own, still valid; none when the answer is given again
  Duration waited{};    ///< as its last Assign said, in whole microseconds
  Duration run_time{};  ///< of the attempts that counted, one per stage, in whole microseconds
  friend bool operator==(const Deliver&, const Deliver&) = default;
};

/// These payloads or results are needed no more: `first`, `first + 1`, … Everything that was handed
/// in with an event is forgotten exactly once.
struct Forget {
  SessionId session;  ///< whose job it belonged to; none(): what a stale report brought
  PayloadRef first;
  std::uint32_t count = 1;
  friend bool operator==(const Forget&, const Forget&) = default;
};

/// What became of CancelRequested: at once for a job that does not run, otherwise when its attempt
/// has ended, or has been found not to listen.
struct AnswerCancel {
  SessionId session;
  std::uint64_t request = 0;
  Standing was = Standing::Unknown;  ///< where the job was when it was to be cancelled
  /// Cancelled; Running: it does not listen; else how it had ended, or ended before it stopped.
  Standing outcome = Standing::Unknown;
  friend bool operator==(const AnswerCancel&, const AnswerCancel&) = default;
};

/// What became of CancelMatching: so many were, or would be, cancelled or asked to stop.
struct AnswerMatching {
  SessionId session;
  std::uint64_t request = 0;
  std::uint64_t delayed = 0;
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  bool more = false;  ///< there are others: ask again
  friend bool operator==(const AnswerMatching&, const AnswerMatching&) = default;
};

/// What became of QuarantineDecided: where the job is now; Unknown: it is not in quarantine.
struct AnswerQuarantine {
  SessionId session;
  std::uint64_t request = 0;
  Standing outcome = Standing::Unknown;
  friend bool operator==(const AnswerQuarantine&, const AnswerQuarantine&) = default;
};

/// How a job stands.
struct AnswerJob {
  SessionId session;  ///< who asked
  std::uint64_t request = 0;
  Standing standing = Standing::Unknown;
  std::optional<ErrorCode> error;  ///< of a job that failed or was cancelled
  PayloadRef result;               ///< of one that finished, or the text of its error; if kept
  Duration waited{};
  Duration run_time{};
  std::uint8_t progress = 0;  ///< of one that runs, in percent
  friend bool operator==(const AnswerJob&, const AnswerJob&) = default;
};

/// The worker cannot join.
struct RefuseWorker {
  WorkerId worker;
  ErrorCode reason = ErrorCode::TooManyPools;
  friend bool operator==(const RefuseWorker&, const RefuseWorker&) = default;
};

/// The worker has been silent for too long; its jobs are given to others. Its number is free.
struct DeclareLost {
  WorkerId worker;
  friend bool operator==(const DeclareLost&, const DeclareLost&) = default;
};

/// The drained worker has nothing left and may go. Its number is free.
struct Dismiss {
  WorkerId worker;
  friend bool operator==(const Dismiss&, const Dismiss&) = default;
};

/// A report about a lease the worker does not have (any more): tell it, deliver nothing. What the
/// report brought is forgotten by a Forget of its own.
struct RefuseStale {
  WorkerId worker;
  Lease lease;
  friend bool operator==(const RefuseStale&, const RefuseStale&) = default;
};

/// The job needs no more work, because its requester has the result of another attempt.
struct StopOnWorker {
  WorkerId worker;
  Lease lease;
  friend bool operator==(const StopOnWorker&, const StopOnWorker&) = default;
};

/// Have the attempt end: the work function is told, and its process ended if it does not comply
/// within the worker's grace time. The worker answers with JobStopped or StopIgnored, or with how
/// the job ended instead.
struct RequestStop {
  WorkerId worker;
  Lease lease;
  StopReason why = StopReason::Cancelled;
  friend bool operator==(const RequestStop&, const RequestStop&) = default;
};

/// The worker answered again and again for jobs that it does not have: no more is heard from it.
/// Its number is free.
struct Expel {
  WorkerId worker;
  friend bool operator==(const Expel&, const Expel&) = default;
};

/// Note how an attempt of this job has ended, for the one who looks at it in quarantine.
struct NoteDeath {
  SessionId session;
  std::uint64_t sequence = 0;
  WorkerId worker;
  std::uint16_t attempt = 0;
  Death how = Death::Silent;
  PayloadRef text;  ///< what the worker said last; none: nothing. Still valid.
  friend bool operator==(const NoteDeath&, const NoteDeath&) = default;
};

/// Note that the job has failed, or is in quarantine, for a reason that no work function gave. Said
/// once, whether or not somebody waits for the answer.
struct NoteFailure {
  SessionId session;
  std::uint64_t sequence = 0;
  ErrorCode error{};
  friend bool operator==(const NoteFailure&, const NoteFailure&) = default;
};

/// What was noted about this job is needed no more.
struct ForgetDeaths {
  SessionId session;
  std::uint64_t sequence = 0;
  friend bool operator==(const ForgetDeaths&, const ForgetDeaths&) = default;
};

/// The key is free again.
struct ForgetKey {
  KeyId key;
  friend bool operator==(const ForgetKey&, const ForgetKey&) = default;
};

/// Append a record to the log. Records are numbered from 1 in the order of these actions, a run of
/// `count` jobs having as many.
struct Append {
  enum class What : std::uint8_t {
    Submitted,  ///< jobs `sequence`, `sequence + 1`, … of the running submission
    Changed,    ///< the fields below
    Answered,   ///< its answer, in place of all that was appended of it before
    Forgotten,  ///< nothing is to be kept of it
  };
  What what = What::Submitted;
  SessionId session;
  std::uint64_t sequence = 0;
  std::uint32_t count = 1;
  std::uint32_t slot = 0;  ///< in the job table; valid as long as the action's step
  friend bool operator==(const Append&, const Append&) = default;
};

/// Ask the worker for a result that it keeps: its requester has not said that it has it.
struct FetchResult {
  WorkerId worker;
  Lease lease;
  friend bool operator==(const FetchResult&, const FetchResult&) = default;
};

/// The worker need not keep this result any longer.
struct ReleaseResult {
  WorkerId worker;
  Lease lease;
  friend bool operator==(const ReleaseResult&, const ReleaseResult&) = default;
};

/// The session that was to end has no unsettled jobs left: tell its client.
struct EndSession {
  SessionId session;
  friend bool operator==(const EndSession&, const EndSession&) = default;
};

/// The session is over and all its jobs are settled. Its number is free.
struct ForgetSession {
  SessionId session;
  friend bool operator==(const ForgetSession&, const ForgetSession&) = default;
};

using Action = std::variant<Acknowledge, Reject, Assign, Deliver, Forget, AnswerCancel,
                            AnswerMatching, AnswerQuarantine, RefuseWorker, DeclareLost, Dismiss,
                            Expel, RefuseStale, StopOnWorker, RequestStop, FetchResult,
                            ReleaseResult, AnswerJob, EndSession, ForgetSession, Evict, LoadState,
                            AnswerPin, NoteDeath, NoteFailure, ForgetDeaths, ForgetKey, Append>;
using Actions = std::vector<Action>;

}  // namespace steelyard::core
