#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "steelyard/runtime/zmq/conversation.hpp"
#include "steelyard/runtime/zmq/peer.hpp"

namespace steelyard::zmq_runtime {

/// What neighbouring jobs of an assignment have in common.
struct AssignedRun {
  std::string queue;
  std::string state;
  std::string user;
  std::uint64_t session = 0;
  std::uint32_t attempt = 1;
  bool unit = false;
};

/// A job that a worker was given.
struct AssignedJob {
  std::uint64_t lease = 0;
  std::uint64_t sequence = 0;
  std::uint64_t era = 0;  ///< of the worker's standing with the broker; see WorkerSession
  std::shared_ptr<const AssignedRun> run;
  std::string payload;
};

/// What came of a job.
struct JobReport {
  std::uint32_t outcome = 0;  ///< wire::Done.outcomes
  std::string text;           ///< result or error text
  std::chrono::microseconds run_time{};
  std::optional<std::string> holds;  ///< the state held now, when it is not the job's
};

/// A worker's side of the protocol without its socket and its threads.
///
/// While the worker's standing with one broker lasts, its leases are valid, also over cut
/// connections. A broker that does not know it any more (it was restarted, or declared the worker
/// lost) begins a new era: what was not started is forgotten, and reports of the former era are
/// dropped, because those jobs are somebody else's now.
/// Order of calls: `receive`, `pass_time`, then `next_message` until there is none.
/// Thread safety: none. It reads no clock and does no I/O.
class WorkerSession {
 public:
  struct Options {
    std::uint64_t key = 0;
    std::string name{};
    std::vector<std::string> queues{};
    std::uint32_t slots = 1;
    double weight = 1.0;
    std::int32_t priority_min = INT32_MIN;
    std::int32_t priority_max = INT32_MAX;
  };
  explicit WorkerSession(Options options);

  /// The next job to run, if one waits.
  [[nodiscard]] std::optional<AssignedJob> take();
  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
  /// Gives the jobs that wait back to the broker, if it is there.
  void hand_back();
  /// A job that was taken is done.
  void finish(const AssignedJob& job, JobReport report);

  /// Asks to be dismissed: no more jobs are taken, what is held is finished.
  void leave();
  /// Goes without finishing anything.
  void leave_at_once();

  void receive(std::string_view bytes, TimePoint now);
  void pass_time(TimePoint now) { conversation_.pass_time(now); }
  void cannot_send(TimePoint now) { conversation_.cannot_send(now); }
  [[nodiscard]] std::optional<std::string> next_message(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const {
    return conversation_.next_deadline();
  }

  [[nodiscard]] const Conversation& conversation() const { return conversation_; }
  /// The broker has let the worker go after it asked to.
  [[nodiscard]] bool dismissed() const { return dismissed_; }
  [[nodiscard]] bool holds_nothing() const { return leases_.empty(); }
  /// The largest result the broker takes; 0: no broker has said yet.
  [[nodiscard]] std::uint64_t max_result_bytes() const { return max_result_bytes_; }

 private:
  [[nodiscard]] std::string hello() const;
  [[nodiscard]] std::string beat() const;
  void on_welcome(const wire::Envelope& envelope, TimePoint now);
  void on_assign(const wire::Envelope& envelope);
  void on_stale(const wire::Envelope& envelope);
  void roll_over();

  const Options options_;
  Conversation conversation_;
  std::uint64_t era_ = 0;
  std::uint64_t max_result_bytes_ = 0;
  std::deque<AssignedJob> waiting_;
  std::unordered_set<std::uint64_t> leases_;  // held in this era, until the report is sent
  Draft<wire::Done> done_;
  wire::HandBack handed_back_;
  std::deque<Draft<wire::Done>> full_;  // complete done notices, to be sent before done_
  enum class Leaving { No, Wanted, Asked, AtOnce };
  Leaving leaving_ = Leaving::No;
  bool dismissed_ = false;
};

}  // namespace steelyard::zmq_runtime
