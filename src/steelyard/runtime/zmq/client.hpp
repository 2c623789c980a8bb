#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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

/// What happens to jobs that there is no room for: here, because `max_unfinished_jobs` are on their
/// way, or at the broker, which refuses them and says when to try again.
enum class WhenFull {
  /// `submit` waits for room here, at most `block_timeout`; then the jobs fail with TimedOut. What
  /// the broker refuses is handed in again, in its order, for as long and `max_submit_tries` times;
  /// then it fails with the refusal.
  Block,
  Drop,  ///< the jobs fail with Dropped, and are counted
  Fail,  ///< the jobs fail with SessionFull, or with the refusal
};

/// What a job outlives once it is acknowledged.
enum class Durability {
  Memory,   ///< a lost connection
  Journal,  ///< the end of the broker's process or machine too: it is on disk
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
  /// How often a job that the broker refuses for want of room is handed in, with `Block`.
  std::uint32_t max_submit_tries = 100;
  /// A question to the broker (`get`, `cancel`, `query`, …) is asked again after this time, …
  std::chrono::milliseconds request_timeout{3'000};
  std::uint32_t request_tries = 3;  ///< … and given up with TimedOut after so many
  /// How long `cancel` and `abort` wait for running jobs to end.
  std::chrono::milliseconds cancel_timeout{15'000};
  /// Take results straight from workers where they can reach this program: it then listens at a
  /// port of its own, on the address from which it reaches the broker (loopback, when the broker is
  /// there). Without, and where they cannot, results come through the broker.
  bool direct = true;
  /// False: a loop of the program's own works the connection, see `Client::work`.
  bool own_thread = true;
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
  std::chrono::milliseconds delay{};         ///< it waits for so long before it is queued; <= 48 h
  std::chrono::milliseconds start_within{};  ///< it expires when it has not begun by then; 0: never
  /// An attempt that tells no progress for so long is stopped, and counts as failed; 0: never.
  std::chrono::milliseconds time_limit{};
  /// Handed in twice, the job is done once: the second time fails with DuplicateKey, or with
  /// KeyConflict when it is another job (`job_with_key` says which one has the key). A name of at
  /// most 200 bytes, for one job; it is kept. Empty: none.
  std::string key{};
  Durability durability = Durability::Memory;  ///< NotJournalled where the broker has no journal
  /// Progress and partial results are wanted, of which so many bytes may be on their way or wait in
  /// the CompletionQueue, at most 16 MiB. The result comes through the broker. 0: only the result.
  std::uint64_t stream_window_bytes = 0;
  /// A CompletionQueue is told when the broker has the job (Kind::Acknowledged), before its answer;
  /// of one that is refused, only the refusal.
  bool tell_acknowledged = false;
};

/// How many jobs were, or would be, cancelled or asked to stop.
struct MatchingJobs {
  std::uint64_t delayed = 0;
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  bool more = false;  ///< there are others: ask again
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
  /// Says goodbye, unless it was closed before: what is queued is dropped, what runs is asked to
  /// stop and not waited for, but jobs to be kept go on. Unanswered futures resolve with Stopped.
  /// Cost: a second at most, when the broker does not answer.
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
  /// `first_tag + 1`, …, and with `stream_window_bytes` news of them before. Returns the first
  /// job's id, whose successors are numbered upward; its number is 0 when the jobs were not handed
  /// in. The id names the job in `get` and `cancel` of this client, whatever becomes of it.
  JobId submit_batch(std::string_view queue, std::span<const std::string_view> payloads,
                     const RemoteJobOptions& options, CompletionQueue& into,
                     std::uint64_t first_tag);
  JobId submit_batch(std::string_view queue, const std::vector<std::string>& payloads,
                     const RemoteJobOptions& options, CompletionQueue& into,
                     std::uint64_t first_tag);
  /// The same, with a tag for each. Requires: as many as payloads.
  JobId submit_batch(std::string_view queue, std::span<const std::string_view> payloads,
                     const RemoteJobOptions& options, CompletionQueue& into,
                     std::span<const std::uint64_t> tags);

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

  /// Waits until the broker has acknowledged these jobs of this client, at the durability that they
  /// asked for, or they are answered. Returns what they are called at the broker: a job that had to
  /// be handed in again has another number there than the one that `submit` gave out, which only
  /// this client knows it by; 0: it was refused, and its answer says why.
  /// Errors: TimedOut, NotConnected.
  [[nodiscard]] Result<std::vector<JobId>> wait_acknowledged(std::span<const JobId> jobs,
                                                             std::chrono::milliseconds timeout);

  /// Cancels jobs, and says where each one was and is. Those that run are asked to stop, and waited
  /// for, for `cancel_timeout` or as long as said. Whoever waits for their results is told.
  /// Errors: TimedOut, NotConnected: the broker does not answer.
  [[nodiscard]] Result<std::vector<Cancellation>> cancel(std::span<const JobId> jobs);
  [[nodiscard]] Result<std::vector<Cancellation>> cancel(std::span<const JobId> jobs,
                                                         std::chrono::milliseconds timeout);
  [[nodiscard]] Result<Cancellation> cancel(const JobId& job);

  /// Cancels all jobs of a user, of a queue, or of a user in a queue, and waits for none of them;
  /// an empty name stands for all. `dry_run`: only counts them. Errors: InvalidArgument when both
  /// are empty; TimedOut, NotConnected.
  [[nodiscard]] Result<MatchingJobs> cancel_matching(std::string_view user, std::string_view queue,
                                                     bool dry_run);

  /// Has a job out of quarantine: it is run once more, or dropped. Returns where it is then.
  /// Errors: InvalidArgument when it is not there; TimedOut, NotConnected.
  [[nodiscard]] Result<Standing> quarantine(const JobId& job, bool release);

  /// Ends the conversation when the last answer is there: no more jobs can be handed in.
  /// Errors: TimedOut when that takes longer than `timeout`; it may be waited for again.
  [[nodiscard]] Result<void> close(std::chrono::milliseconds timeout);
  /// Ends the conversation: what waits is cancelled, what runs is asked to stop and waited for, at
  /// most `cancel_timeout`. What is unanswered then is answered with Cancelled.
  void abort();

  /// Lets the workers of this name finish what they have, give them no more and let them go.
  /// Errors: InvalidArgument when no worker has this name; TimedOut, NotConnected.
  [[nodiscard]] Result<void> drain(std::string_view worker);

  /// Has workers hold a state and load it where they do not; takes the place of what was asked for
  /// this state before. It goes on after this client has gone. Asked again, says how far it is.
  /// Errors: InvalidName, TooManyNames; TimedOut, NotConnected.
  [[nodiscard]] Result<PinStatus> pin(const Pin& pin);

  /// Says how this program is, which is part of the whole: `kind` is "hub" or "gateway", `json` an
  /// object. The broker shows it in its report `parts` as long as this client stays, and its
  /// `warnings`, a list of sentences, in `health`. It takes the place of what was said before, is
  /// said again to every broker, and nothing is waited for.
  /// Errors: those of monitor::Announcement::parse; nothing was said. Otherwise why the broker did
  /// not take the one before (TooManyParts); this one was said.
  [[nodiscard]] Result<void> announce(std::string_view kind, std::string_view name,
                                      std::string_view json);

  /// Asks the broker about itself; `what` is one of stats, queues, workers, states, users, jobs,
  /// quarantine, parts, health, snapshot.
  /// The answer is JSON. Errors: TimedOut, NotConnected, InvalidArgument for another `what`.
  [[nodiscard]] Result<std::string> query(std::string_view what, std::chrono::milliseconds timeout);

  // For a program with a loop of its own, and `own_thread = false`. What is handed in or asked is
  // sent by the next `work`; the calls above that wait work the connection themselves, but waiting
  // for a future does not.

  /// Readable when there is something to `work` on. They are the client's.
  [[nodiscard]] std::vector<int> descriptors() const;
  /// Sends and receives all there is without waiting, and calls the `then` of what was answered.
  /// Returns when it is to be called again at the latest.
  std::chrono::steady_clock::time_point work();

  /// Called once by `work`, or never, if the client goes before.
  template <class T>
  using Then = std::function<void(Result<T>)>;
  /// As the calls of these names, without waiting. Requires: `own_thread = false`.
  void get_then(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then);
  /// With an empty `then` nobody is told, but it is said until the broker has heard it.
  void cancel_then(std::vector<JobId> jobs, std::chrono::milliseconds timeout,
                   Then<std::vector<Cancellation>> then);
  void query_then(std::string what, std::chrono::milliseconds timeout, Then<std::string> then);
  void drain_then(std::string worker, Then<void> then);

  struct Stats {
    std::uint64_t submitted = 0;   ///< jobs handed in
    std::uint64_t dropped = 0;     ///< jobs not handed in, because too many were on their way
    std::uint64_t answered = 0;    ///< jobs whose answer has come
    std::uint64_t direct = 0;      ///< of these: those that came straight from a worker
    std::uint64_t repeated = 0;    ///< answers that had come before and were dropped
    std::uint64_t forged = 0;      ///< messages of others than workers that pretended to be results
    std::uint64_t reconnects = 0;  ///< welcomes after the first
    std::uint64_t refused = 0;     ///< refusals, also of jobs that were handed in again
    std::uint64_t retried = 0;     ///< jobs handed in again because they were refused
    std::uint64_t partials_dropped = 0;  ///< partial results that came beyond their credit
    bool connected = false;              ///< a broker has welcomed this client and answers
  };
  [[nodiscard]] Stats stats() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

/// The answers of a unit's parts, in order. Errors: Malformed.
[[nodiscard]] Result<std::vector<Result<std::string>>> unpack_unit(std::string_view result);

}  // namespace steelyard
