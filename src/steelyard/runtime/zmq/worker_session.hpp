#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "steelyard/runtime/zmq/assigned_job.hpp"
#include "steelyard/runtime/zmq/conversation.hpp"
#include "steelyard/runtime/zmq/direct_returns.hpp"
#include "steelyard/runtime/zmq/job_talk.hpp"
#include "steelyard/runtime/zmq/large_messages.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/recycled.hpp"

namespace steelyard::zmq_runtime {

/// A worker's side of the protocol without its socket and its threads.
///
/// While the worker's standing with one broker lasts, its leases are valid, also over cut
/// connections. A broker that does not know it any more (it was restarted, or declared the worker
/// lost) begins a new era: what was not started is forgotten, and reports of the former era are not
/// made, because those jobs are somebody else's now; results that can go straight to their
/// requesters still do.
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
    std::vector<std::string> tags{};
    std::uint32_t max_states = 1;
    std::uint64_t state_memory_bytes = 0;
  };
  explicit WorkerSession(Options options);

  /// The next job to run, if one waits.
  [[nodiscard]] std::optional<AssignedJob> take();
  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
  /// Gives the jobs that wait back to the broker, if it is there.
  void hand_back();
  /// A job that was taken is done.
  void finish(const AssignedJob& job, JobReport report, TimePoint now);
  /// How far a job is that was taken, a part of its result, and that it does not stop although it
  /// was asked to.
  void progress(const AssignedJob& job, std::uint8_t percent);
  void partial(const AssignedJob& job, std::string_view bytes);
  void stop_ignored(const AssignedJob& job);
  /// What jobs that were taken are to be told.
  [[nodiscard]] std::vector<JobTalk::Order> take_orders() { return talk_.take_orders(); }
  /// The next state to load ahead of any job, if one is wanted.
  [[nodiscard]] std::optional<Preload> take_preload();
  [[nodiscard]] bool has_preload() const { return !preloads_.empty(); }
  /// A load that was taken is done.
  void finish(const Preload& preload, const PreloadReport& report);
  /// Tells one standing with a broker from the next; see above.
  [[nodiscard]] std::uint64_t era() const { return era_; }

  /// Whether a beat leaves with the next messages, and how busy the machine is, for it.
  [[nodiscard]] bool beat_due(TimePoint now) const { return conversation_.beat_due(now); }
  void note_machine_load(std::uint8_t tenths) { machine_load_ = tenths; }

  /// Asks to be dismissed: no more jobs are taken, what is held is finished.
  void leave();
  /// Goes without finishing anything.
  void leave_at_once();

  void receive(std::string_view bytes, TimePoint now);
  void pass_time(TimePoint now);
  void cannot_send(TimePoint now);
  [[nodiscard]] std::optional<std::string> next_message(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  /// The links to requesters, whose messages are to be sent before those to the broker.
  [[nodiscard]] DirectReturns& returns() { return returns_; }

  [[nodiscard]] const Conversation& conversation() const { return conversation_; }
  /// The broker has let the worker go, because it asked to or somebody else did.
  [[nodiscard]] bool dismissed() const { return dismissed_; }
  /// Nothing is to be reported, and no result waits for its way.
  [[nodiscard]] bool holds_nothing() const { return leases_.empty() && returns_.nothing_pending(); }
  [[nodiscard]] bool keeps_nothing() const { return returns_.keeps_nothing(); }
  /// The largest result the broker takes; 0: no broker has said yet.
  [[nodiscard]] std::uint64_t max_result_bytes() const { return max_result_bytes_; }

 private:
  [[nodiscard]] std::string hello() const;
  [[nodiscard]] std::string beat() const;
  [[nodiscard]] std::optional<std::string> next_beat(TimePoint now);
  void hear(const wire::Envelope& envelope, TimePoint now);
  void on_part(const wire::Envelope& envelope, TimePoint now);
  void on_welcome(const wire::Envelope& envelope, TimePoint now);
  void on_farewell(const wire::Envelope& envelope, TimePoint now);
  void on_assign(const wire::Envelope& envelope, TimePoint now);
  void on_stale(const wire::Envelope& envelope, TimePoint now);
  void on_stop(const wire::Envelope& envelope, TimePoint now);
  void stop_before_it_begins(const AssignedJob& job, TimePoint now);
  /// Whether the broker waits for its report.
  [[nodiscard]] bool is_live(const AssignedJob& job) const {
    return job.era == era_ && leases_.contains(job.lease);
  }
  void on_fetch(const wire::Envelope& envelope, TimePoint now);
  void on_released(const wire::Envelope& envelope, TimePoint now);
  void on_load_state(const wire::Envelope& envelope);
  void add_jobs(const wire::AssignRun& run, const wire::Column& column);
  void forget_waiting(const std::function<bool(const AssignedJob&)>& is_gone);
  void report(std::uint64_t lease, const JobId& job, const JobReport& report, bool kept);
  void announce_kept();
  void look_for_broker(TimePoint now);
  void roll_over();
  void send_notices();
  [[nodiscard]] bool notices_due(TimePoint now) const;
  [[nodiscard]] std::string fetched();

  const Options options_;
  Conversation conversation_;
  LargeSender sender_;
  LargeReceiver receiver_;
  std::optional<std::string> parts_taken_;  // to be said at once
  std::uint64_t era_ = 0;
  std::uint64_t max_result_bytes_ = 0;
  std::deque<AssignedJob> waiting_;
  std::deque<Preload> preloads_;
  std::vector<std::string> evict_;  // of jobs that will not begin here: before the next that does
  std::deque<wire::StateLoaded> loaded_;  // to be said
  std::uint8_t machine_load_ = 0;
  Recycled<std::unordered_set<std::uint64_t>>
      leases_;  // held in this era, until the report is sent
  Draft<wire::Done> done_;
  std::vector<JobId> done_jobs_;  // that it is about
  wire::HandBack handed_back_;
  struct Notices {
    Draft<wire::Done> draft;
    std::vector<JobId> jobs;
  };
  std::deque<Notices> full_;  // complete done notices, to be sent before done_
  wire::Tally tally_;         // of what was sent in this era
  JobTalk talk_;
  DirectReturns returns_{DirectReturns::Options{}};
  std::vector<std::uint64_t> reported_;  // leases in the done notice that was sent last
  std::vector<std::uint64_t> fetch_;     // leases whose results are to be given to the broker
  bool had_broker_ = false;
  std::optional<TimePoint> gather_until_;  // what is gathered in done_ leaves then
  enum class Leaving { No, Wanted, Asked, AtOnce };
  Leaving leaving_ = Leaving::No;
  bool dismissed_ = false;
};

}  // namespace steelyard::zmq_runtime
