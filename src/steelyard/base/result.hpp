#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace steelyard {

/// Why an operation or a job did not succeed. Each has a stable name (`to_string`) used in JSON,
/// logs and on the wire.
enum class ErrorCode : unsigned char {
  WorkFailed,         ///< the work function reported an error; its text is the context
  AttemptsExhausted,  ///< every attempt ended with a lost worker or an error marked `retry`
  Cancelled,          ///< cancelled by its requester while queued
  Expired,            ///< could not begin in time, or waited for too long; it was not run
  OverTimeLimit,      ///< every attempt went on for too long without progress
  Quarantined,        ///< its workers died one after another; kept until somebody decides
  Dropped,            ///< not handed in, because too many jobs were on their way already
  Stopped,            ///< returned as not done because the balancer or broker stopped
  QueueFull,          ///< the total of queued jobs is at its limit
  UserOverLimit,      ///< this user's queued jobs are at their limit
  QueueOverLimit,     ///< this queue's jobs are at their limit
  DuplicateKey,       ///< a job with this key was handed in before; its id is told
  KeyConflict,        ///< another job with this key was handed in before
  NotJournalled,      ///< the job asks for a journal, and the broker has none
  JournalFull,        ///< the disk has no room for the journal
  JournalBroken,      ///< it cannot be read or written, or is of a newer version; the context says
  JournalBehind,      ///< what is not yet written to the journal is at its limit
  SessionEnded,       ///< this client has said that it hands in no more jobs
  SessionFull,        ///< this client's unfinished jobs are at their limit
  PayloadTooLarge,    ///< one payload is over the limit
  OutOfMemoryBudget,  ///< the payloads kept for all jobs are at their limit
  TooManyNames,       ///< the table of queues, states or users is full
  TooManyLanes,       ///< too many combinations of queue, user, state and priority at once
  StateTooLarge,      ///< no worker that may run the job has room for its state
  TooManyPools,       ///< too many different worker profiles at once
  TooManyWorkers,     ///< the table of workers is full
  TooManySessions,    ///< the table of sessions is full
  InvalidName,        ///< a queue, state or user name has a wrong character or length
  InvalidArgument,    ///< a value is outside its range; the context names it
  Malformed,          ///< a message could not be understood
  VersionMismatch,    ///< the peer speaks another protocol version
  NotConnected,       ///< no broker answered within the time-out
  TimedOut,           ///< the time-out passed first
  JournalInUse,       ///< another program has the journal open
  SystemError,        ///< the operating system refused; the context says what
  TooManyHops,        ///< it was forwarded more often than a job may be
  NoSuchTask,         ///< for too long no worker served its queue
  TooManyParts,       ///< too many hubs and gateways announce themselves
};

/// The code's stable name, for example "queue_full".
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// The code with that stable name; WorkFailed when there is none.
[[nodiscard]] ErrorCode error_code_from(std::string_view name);

/// An operating error: what kind, and a sentence about this case.
struct Error {
  ErrorCode code = ErrorCode::WorkFailed;
  std::string context;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "queue_full: 1000000 jobs are queued, the limit is max_queued_jobs = 1000000".
[[nodiscard]] std::string describe(const Error& error);

template <class T>
using Result = tl::expected<T, Error>;

/// `return failure(ErrorCode::QueueFull, "...")` from a function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, std::string context = {}) {
  return tl::unexpected<Error>(Error{code, std::move(context)});
}

}  // namespace steelyard
