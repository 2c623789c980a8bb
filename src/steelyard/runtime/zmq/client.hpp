#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/future/future.hpp"
#include "steelyard/runtime/zmq/completions.hpp"
#include "steelyard/runtime/zmq/context.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/pin.hpp"

namespace steelyard {

/// What `submit` does when `max_unfinished_jobs` are on their way.
enum class WhenFull {
  Block,  ///< waits for room, at most `block_timeout`; then the jobs fail with TimedOut
  Drop,   ///< the jobs fail with Dropped, and are counted
  Fail,   ///< the jobs fail with SessionFull
};

struct ClientOptions {
  std::string endpoint = kDefaultEndpoint;
  std::string name{};  ///< shown to people by the broker; empty: the program's name and process id
  /// Jobs on their way at once: the high-water mark of sending.
  std::uint32_t max_unfinished_jobs = 100'000;
  WhenFull when_full = WhenFull::Block;
  std::chrono::milliseconds block_timeout{60'000};
  /// Before jobs are dropped or failed, room is looked for so often, 10 ms apart.
  std::uint32_t send_retries = 3;
  /// A question to the broker (`get`, `cancel`, `query`, …) is asked again after this time, …
  std::chrono::milliseconds request_timeout{3'000};
  std::uint32_t request_tries = 3;  ///< … and given up with TimedOut after so many
  /// Take results straight from workers where they can reach this program: it then listens at a
  /// port of its own, on the address from which it reaches the broker (loopback, when the broker is
  /// there). Without, and where they cannot, results come through the broker.
  bool direct = true;
  std::shared_ptr<Context> context{};  ///< needed for `inproc://`; empty: one of its own
};

/// What a job asks for besides its queue and payload.
struct RemoteJobOptions {
  std::string state{};        ///< the state it needs; empty: none
  std::string user{};         ///< whose share it counts for; empty: nobody's
  std::int32_t priority = 0;  ///< higher = sooner
  /// The result comes through the broker, which then knows of each attempt whether it counts.
  bool result_via_broker = false;
  /// The job outlives this client, and its answer is kept at the broker for a while, for `get`.
  bool keep = false;
  std::vector<std::string> tags{};  ///< only workers that carry all of these may do it; at most 16
  /// Of the state, if known: jobs whose state has room at no worker fail with StateTooLarge.
  std::uint64_t state_bytes = 0;
};

/// Hands in jobs to a broker and gets their results.
///
/// The broker may be started later, restarted or lost for a while: jobs wait, and what a restarted
/// broker does not know is submitted again. Each job is answered once; it may run more than once
/// when a worker or the broker was lost.
/// Thread safety: all members may be called from any thread. A thread of the client's own owns the
/// socket; it runs no user code. After `fork` only the parent may use the client.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  /// As abort, unless it was closed before; unanswered futures resolve with Stopped.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Waits until a broker has welcomed this client.
  /// Errors: NotConnected after `timeout`, naming the endpoint; VersionMismatch; InvalidArgument
  /// for an endpoint that cannot be used. Not needed before submitting.
  [[nodiscard]] Result<void> connect(std::chrono::milliseconds timeout);

  /// Hands in one job; the future's id and `session` together are its JobId. Blocks only at the
  /// high-water mark, and only if `when_full` says so.
  /// Errors, through the future: WorkFailed with the work's text, AttemptsExhausted, and the limits
  /// of ErrorCode, each naming the limit.
  [[nodiscard]] Future<std::string> submit(std::string_view queue, std::string_view payload,
                                           const RemoteJobOptions& options = {});

  /// Hands in a batch, which travels as one message; the jobs may go to different workers.
  [[nodiscard]] std::vector<Future<std::string>> submit_batch(
      std::string_view queue, const std::vector<std::string>& payloads,
      const RemoteJobOptions& options = {});

  /// As submit_batch, but the results arrive in `into` as they are ready, tagged `first_tag`,
  /// `first_tag + 1`, … Returns the first job's id, whose successors are numbered upward; its
  /// number is 0 when the jobs were not handed in.
  JobId submit_batch(std::string_view queue, std::span<const std::string_view> payloads,
                     const RemoteJobOptions& options, CompletionQueue& into,
                     std::uint64_t first_tag);
  JobId submit_batch(std::string_view queue, const std::vector<std::string>& payloads,
                     const RemoteJobOptions& options, CompletionQueue& into,
                     std::uint64_t first_tag);

  /// Hands in a unit: one worker takes all parts and answers them together (one tag, one result).
  /// The result is read with `unpack_unit`.
  JobId submit_unit(std::string_view queue, const std::vector<std::string>& parts,
                    const RemoteJobOptions& options, CompletionQueue& into, std::uint64_t tag);

  /// Names this client in the ids of its jobs.
  [[nodiscard]] std::uint64_t session() const;

  /// How these jobs stand, in order; they may be other clients' too.
  /// Errors: TimedOut, NotConnected; SessionEnded after `close` or `abort`.
  [[nodiscard]] Result<std::vector<JobStatus>> get(std::span<const JobId> jobs);
  [[nodiscard]] Result<JobStatus> get(const JobId& job);

  /// Cancels those of the jobs that are queued; the others say where they are instead.
  /// Errors: TimedOut, NotConnected.
  [[nodiscard]] Result<std::vector<Standing>> cancel(std::span<const JobId> jobs);
  [[nodiscard]] Result<Standing> cancel(const JobId& job);

  /// Ends the conversation when the last answer is there: no more jobs can be handed in.
  /// Errors: TimedOut when that takes longer than `timeout`; it may be waited for again.
  [[nodiscard]] Result<void> close(std::chrono::milliseconds timeout);
  /// Ends the conversation now: what is queued is dropped, what runs is not waited for; unanswered
  /// jobs are answered with Cancelled, although those to be kept go on.
  void abort();

  /// Lets the workers of this name finish what they have, give them no more and let them go.
  /// Errors: InvalidArgument when no worker has this name; TimedOut, NotConnected.
  [[nodiscard]] Result<void> drain(std::string_view worker);

  /// Has workers hold a state and load it where they do not; takes the place of what was asked for
  /// this state before. It goes on after this client has gone. Asked again, says how far it is.
  /// Errors: InvalidName, TooManyNames; TimedOut, NotConnected.
  [[nodiscard]] Result<PinStatus> pin(const Pin& pin);

  /// Asks the broker about itself; `what` is one of stats, queues, workers, states, users, jobs,
  /// health.
  /// The answer is JSON. Errors: TimedOut, NotConnected, InvalidArgument for another `what`.
  [[nodiscard]] Result<std::string> query(std::string_view what, std::chrono::milliseconds timeout);

  struct Stats {
    std::uint64_t submitted = 0;   ///< jobs handed in
    std::uint64_t dropped = 0;     ///< jobs not handed in, because too many were on their way
    std::uint64_t answered = 0;    ///< jobs whose answer has come
    std::uint64_t direct = 0;      ///< of these: those that came straight from a worker
    std::uint64_t repeated = 0;    ///< answers that had come before and were dropped
    std::uint64_t forged = 0;      ///< messages of others than workers that pretended to be results
    std::uint64_t reconnects = 0;  ///< welcomes after the first
    bool connected = false;        ///< a broker has welcomed this client and answers
  };
  [[nodiscard]] Stats stats() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

/// The answers of a unit's parts, in order. Errors: Malformed.
[[nodiscard]] Result<std::vector<Result<std::string>>> unpack_unit(std::string_view result);

}  // namespace steelyard
