#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "steelyard/core/scheduler.hpp"

namespace steelyard::core {

/// A promise was broken; the text says which.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool holds, const std::string& promise);

/// What the scheduler promises, kept a second time and naively: plain maps, walks over everything,
/// nothing shared with the scheduler but the events and actions.
///
/// For each event the model says by its own rules everything that must be done, apart from what the
/// scheduler may choose: what the strategy wants, which is checked against the strategy's rule; how
/// long a job waits for another attempt, which must be within the bounds of the rule; which jobs
/// that came too late are noticed before their timer; and who is expelled, which must be explained.
/// It keeps what was handed in and is not forgotten, every lease ever granted, and what each client
/// was told.
class Model {
 public:
  struct Job {
    std::uint64_t order = 0;
    QueueId queue;
    StateId state;
    TenantId tenant;
    std::int32_t priority = 0;
    std::set<TagId> tags;
    TimePoint arrival;
    PayloadRef payload;
    PayloadRef result;
    JobState place = JobState::Queued;
    Outcome outcome = Outcome::Finished;
    std::optional<ErrorCode> error;
    std::uint16_t hop = 0;       ///< how often it was forwarded
    std::uint32_t attempts = 0;  ///< of this stage, that count: not those handed back
    WorkerId worker;
    Lease lease;              ///< of the running attempt
    std::uint64_t grant = 0;  ///< its place among all attempts
    Duration expected{};      ///< run time, when the attempt was granted
    bool was_lost = false;
    bool keep = false;  ///< its answer is to be stored
    bool journal = false;
    bool restored = false;  ///< by the log
    bool given = false;     ///< its stored answer, to its session that has not said to have it
    bool detached = false;  ///< its session has had an answer; the next one is only stored
    bool is_new = true;     ///< has not been in a lane yet
    TimePoint start_by = strategy::kNever;
    TimePoint due_from;  ///< of a delayed job: it may be queued from then on
    TimePoint due_by;    ///< and must be then
    Duration time_limit{};
    std::optional<StopReason> stopping{};
    std::optional<TimePoint> overdue_at{};  ///< when the running attempt has gone on for too long
    std::uint8_t progress = 0;
    std::uint8_t deaths = 0;
    bool is_ahead = false;  ///< given beyond its worker's slots, and has not begun
    KeyId key;
    std::uint64_t fingerprint = 0;
    std::uint64_t answer_position = 0;  ///< in the log, of a stored answer
    std::uint64_t quarantined_at = 0;   ///< step

    [[nodiscard]] bool waits() const {
      return place == JobState::Queued || place == JobState::Delayed;
    }
    [[nodiscard]] bool is_settled() const {
      return place == JobState::Stored || place == JobState::Quarantined;
    }
    [[nodiscard]] bool outlives_session() const { return keep || journal || detached; }
    /// One that can be given to who hands the job in again.
    [[nodiscard]] bool has_answer() const {
      return (place == JobState::Returning && !kept) || (restored && is_settled());
    }
    TimePoint expires;      ///< of a stored answer
    bool kept = false;      ///< its result is kept by `worker`
    bool asked = false;     ///< and was asked for
    bool received = false;  ///< its requester has the running attempt's result
    std::chrono::microseconds waited{};
    std::chrono::microseconds run_time{};
    std::chrono::microseconds waited_before{};    ///< in former stages
    std::chrono::microseconds run_time_before{};  ///< in former stages
    TimePoint renewed;

    /// Of the attempt that runs, or of the last one.
    [[nodiscard]] AttemptNumber number() const { return AttemptNumber{hop} * 65'536 + attempts; }
  };
  struct Answer {
    std::optional<ErrorCode> error;
    PayloadRef result;
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  struct Session {
    PrincipalId principal;
    bool receipts = true;
    bool ending = false;
    bool closing = false;
    bool away = false;  ///< from the log, and its client has not come back
    std::uint64_t watermark = 0;
    std::uint64_t restored_through = 0;
    std::uint32_t pending_acknowledgements = 0;
    TimePoint last_heard;
    std::uint64_t serial = 0;                 ///< no other session has had it
    std::map<std::uint64_t, Job> jobs;        ///< those of which something is kept
    std::map<std::uint64_t, Answer> answers;  ///< what the client was told by the scheduler
    std::set<std::uint64_t> received;         ///< what the client says that it has
    std::set<std::uint64_t> accepted;

    [[nodiscard]] std::uint64_t highest() const { return std::max(watermark, restored_through); }
  };
  struct Worker {
    std::set<QueueId> queues;
    std::int32_t priority_min = 0;
    std::int32_t priority_max = 0;
    std::uint32_t slots = 1;
    double weight = 1;
    std::set<TagId> tags;
    std::uint32_t max_states = 1;
    std::set<StateId> held;
    bool draining = false;
    bool leaving = false;  ///< dismissed in this step
    bool held_up = false;  ///< handed something back, and nothing of its has ended since
    TimePoint last_heard;
    TimePoint next_look;        ///< when its silence and its leases are looked at
    std::set<Lease> overdue;    ///< of attempts that were given up and go on
    std::uint32_t excused = 0;  // as the scheduler counts them, whose changes are checked
    std::uint32_t offences = 0;
  };

  Model(const Options& options, std::string_view strategy);

  /// Checks one step that `scheduler` has just made; throws Violation.
  void check(TimePoint now, const Event& event, const Actions& actions, const Scheduler& scheduler);
  /// Checks what the scheduler tells about itself; throws Violation.
  void compare_with(const Scheduler& scheduler);

  [[nodiscard]] const std::map<SessionId, Session>& sessions() const { return sessions_; }
  [[nodiscard]] const std::map<WorkerId, Worker>& workers() const { return workers_; }
  /// Jobs that nobody has the answer of; those in quarantine are not among them.
  [[nodiscard]] std::size_t unsettled() const;
  [[nodiscard]] std::uint64_t appended() const { return appended_; }
  [[nodiscard]] std::uint64_t persisted() const { return persisted_; }
  using Name = std::pair<SessionId, std::uint64_t>;
  [[nodiscard]] std::size_t quarantined() const { return quarantined_.size(); }
  /// Oldest first.
  [[nodiscard]] std::vector<Name> in_quarantine() const { return quarantined_; }
  /// Keys that are taken.
  [[nodiscard]] const std::set<KeyId>& keys() const { return taken_keys_; }
  [[nodiscard]] std::size_t kept_payloads() const { return kept_.size(); }
  /// How often each of the rare things has happened.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& reached() const { return reached_; }

 private:
  using Key = std::tuple<QueueId, StateId, TenantId, std::int32_t, std::set<TagId>>;
  struct Group {
    QueueId queue;
    TenantId tenant;
    friend auto operator<=>(const Group&, const Group&) = default;
  };
  struct Tally {
    JobLedger jobs;  // only what is final
    AttemptLedger attempts;
  };

  // What each event must bring about (model_events.test.cpp)
  void on(const SessionOpened& event);
  void on(const SessionBeat& event);
  void on(const SessionClosed& event);
  void on(const SessionEnding& event);
  void on(const SessionAborted& event);
  void on(const CancelMatching& event);
  void on(const QuarantineDecided& event);
  void on(const JobStopped& event);
  void on(const StopIgnored& event);
  void on(const JobProgressed& event);
  void on(const Persisted& event);
  void on(const LogFailing& event);
  void on(const SessionRestored& event);
  void on(const JobRestored& event);
  void on(const JobAsked& event);
  void on(const JobsSubmitted& event);
  void on(const NumbersSpent& event);
  void on(const ResultsReceived& event);
  void on(const ResultFetched& event);
  void on(const ResultMissing& event);
  void on(const CancelRequested& event);
  void on(const WorkerJoined& event);
  void on(const WorkerReturned& event);
  void on(const WorkerBeat& event);
  void on(const WorkerDrainRequested& event);
  void on(const WorkerLeft& event);
  void on(const JobFinished& event);
  void on(const JobFailed& event);
  void on(const JobForwarded& event);
  void on(const JobHandedBack& event);
  // These have tests of their own (residency.test.cpp); no world has them.
  void on(const StateLoaded& event);
  void on(const PinRequested& event);
  void on(const TenantWeighted& event);
  void on(const StopRequested& event);
  void on(const DriverStalled& event);
  void on(const TimePassed& event);

  [[nodiscard]] Job& job_at(const Name& name) {
    return sessions_.at(name.first).jobs.at(name.second);
  }
  /// A job of which `by` may know; null: there is none, or nothing of it is kept.
  [[nodiscard]] bool may_know(SessionId by, SessionId id, std::uint64_t sequence) const;
  [[nodiscard]] Job* find(SessionId id, std::uint64_t sequence);
  [[nodiscard]] Standing standing(const Job& job) const;

  // Waiting, stopping, quarantine, log (model_waiting, model_stopping, model_journal)
  void queue_delayed();
  void expire(const std::function<bool(SessionId, std::uint64_t, const Job&)>& is_over);
  void expire_late();
  void expire_noticed();
  [[nodiscard]] Duration sweep_period() const;
  void sweep_old();
  void fail_unserved();
  [[nodiscard]] Duration unserved_period() const;
  void note_unserved(const std::set<QueueId>& served_before);
  [[nodiscard]] std::set<QueueId> served() const;
  void start_sweeping();
  void request_stop(const Name& name, StopReason why);
  void answer_stopped(const Name& name, std::uint64_t AttemptLedger::*how);
  void over_time_limit(const Name& name);
  void ignore_stop(const Name& name);
  void look_at_hung();
  void answer_cancels(const Name& name, Standing outcome);
  void back_off(const Name& name, std::uint64_t AttemptLedger::*how, std::uint32_t failures);
  void quarantine(const Name& name);
  void drop_from_quarantine(const Name& name);
  void release_from_quarantine(const Name& name);
  void append(Append::What what, const Name& name, std::uint32_t count = 1);
  void append_if_journalled(Append::What what, const Name& name);
  void acknowledge(SessionId id, QueueId unserved, std::uint64_t journalled_from);
  struct Unwritten {
    SessionId session;
    std::uint64_t serial = 0;
    std::uint64_t position = 0;  ///< in the log
    std::uint64_t journalled_from = 0;
    std::uint64_t through = 0;
    QueueId unserved;
  };
  void take_back(const Unwritten& entry);
  void restore_place(const Name& name, const JobRestored& event);
  void release(const Name& name);
  void count_settled(const Job& job);
  void stale(WorkerId worker, Lease lease);
  void expel(const Actions& actions);
  void compare_jobs(const Scheduler& scheduler);
  static void compare_time(Job& job, std::optional<TimePoint> delayed_until);
  void compare_offences(const Scheduler& scheduler);
  void begin_to_close(SessionId id);

  void close(SessionId id);
  void close_job(const Name& name);
  void end_if_done(SessionId id);
  void store(const Name& name);
  void expire_stored();
  void describe(Job& job, AnswerJob& said);
  void repeat(SessionId id, std::uint64_t sequence);
  std::uint32_t accept_from(const JobsSubmitted& event, std::uint32_t first);
  void refuse(const JobsSubmitted& event, std::uint32_t place, Reject no);
  void accept(const JobsSubmitted& event, std::uint32_t place);
  [[nodiscard]] std::optional<Reject> refusal(const JobsSubmitted& event) const;
  [[nodiscard]] std::optional<Reject> refusal_for_key(const JobsSubmitted& event) const;
  [[nodiscard]] std::optional<Reject> over_limit(const JobsSubmitted& event) const;
  [[nodiscard]] bool lanes_full(const JobsSubmitted& event) const;
  void receive(SessionId id, std::uint64_t sequence, AttemptNumber attempt);
  std::optional<Name> kept_by(WorkerId worker, Lease lease);
  void ask_for_result(Job& job);
  [[nodiscard]] bool is_heard(const Name& name);
  void lose_result(const Name& name);
  void lose_kept(WorkerId id, const std::function<bool(const Job&)>& is_lost);
  void look_at_kept();
  [[nodiscard]] bool keeps_results(WorkerId id) const;
  void renew(WorkerId id, std::span<const Lease> held);
  template <class IsLost>
  void lose_leases(WorkerId id, Death how, IsLost&& is_lost);
  void remove_worker(WorkerId id, Death how);
  void dismiss_if_drained(WorkerId id);
  void look_at(WorkerId id);
  [[nodiscard]] bool serves(const Worker& worker, const Job& job) const;

  /// The job the report is about; empty, and refused, when the report is stale.
  std::optional<Name> reported(WorkerId worker, Lease lease, PayloadRef brought);
  void learn(Job& job, const AttemptReport& report);
  void fail(const Name& name, const JobFailed& event);
  void forward(const Name& name, const JobForwarded& event);
  void give_up_if_unwanted(const Name& name);
  void note_holding(WorkerId worker, StateId state, const AttemptReport& report);
  void free_worker(Job& job);
  void begin_unstarted(WorkerId id);
  void requeue(const Name& name, std::uint64_t AttemptLedger::*how, Duration longest = {});
  void lose(const Name& name, Death how, PayloadRef text = {});
  struct Ending {
    Outcome outcome = Outcome::Finished;
    std::optional<ErrorCode> error{};
    PayloadRef result{};
    bool delivered = false;
  };
  void answer(const Name& name, const Ending& ending);
  void settle(const Name& name);
  void keep(PayloadRef first, std::uint32_t count = 1);
  void expect_forgotten(SessionId id, PayloadRef first, std::uint32_t count = 1);
  void expect_delivery(SessionId id, std::uint64_t sequence);
  void expect_failure(const Name& name);

  // What was done (model.test.cpp)
  void take(const Assign& assign, bool submitted);
  void take(Action action);
  static void check_retry_after(Reject& reject);
  void note_position(Append& append);
  void take(const Evict& evict);
  void delivered(const Deliver& deliver);
  void forgotten(const Forget& forget);
  void check_choice(const Assign& assign, const Job& job) const;
  void check_placement(const Assign& assign) const;
  using Value = std::pair<std::int64_t, std::uint64_t>;
  [[nodiscard]] static Value arrival_value(const Job& job);
  [[nodiscard]] Value value(const Job& job, WorkerId asking) const;
  [[nodiscard]] std::uint32_t assigned(WorkerId id) const;
  [[nodiscard]] double load(WorkerId id) const;
  [[nodiscard]] bool has_free_slot(WorkerId id) const;
  [[nodiscard]] bool uses(WorkerId id, StateId state) const;
  [[nodiscard]] bool is_blocked(WorkerId id, StateId state) const;
  [[nodiscard]] bool can_have(WorkerId id, StateId state) const;
  [[nodiscard]] std::vector<const Job*> waiting_for(WorkerId id) const;
  [[nodiscard]] const Job* preferred(WorkerId id) const;
  [[nodiscard]] bool may_take(WorkerId id, const Job& job) const;
  [[nodiscard]] bool may_take_ahead(WorkerId id, const Job& job) const;
  [[nodiscard]] Duration unstarted(WorkerId id) const;
  [[nodiscard]] Duration expected(QueueId queue) const;

  void compare_ledgers(const Book& book) const;
  void compare_workers(const Scheduler& scheduler) const;
  void check_timers(const Scheduler& scheduler) const;
  void check_nobody_idles() const;
  void check_payloads() const;
  template <class Includes>
  [[nodiscard]] Tally ledger(Includes&& includes) const;
  Tally& tally(const Job& job) { return tallies_[{job.queue, job.tenant}]; }

  template <class Visit>
  void each_job(Visit&& visit) const {
    for (const auto& [id, session] : sessions_) {
      for (const auto& [sequence, job] : session.jobs) visit(id, sequence, job);
    }
  }

  const Options options_;
  const std::string strategy_;
  std::map<SessionId, Session> sessions_;
  std::map<WorkerId, Worker> workers_;
  std::map<Group, Tally> tallies_;
  std::set<Key> keys_;  // of every job that was accepted
  std::set<Lease> granted_;
  std::set<std::uint64_t> kept_;
  std::map<std::string, std::uint64_t> reached_;
  std::map<QueueId, Duration> run_times_;  // moving means
  struct Blocked {
    TimePoint until;
    std::uint32_t failures = 0;
    bool is_over = false;  // and everybody knows
  };
  std::map<StateId, Blocked> blocked_;  // states whose loads failed
  std::uint64_t evictions_ = 0;
  std::uint64_t grants_ = 0;
  std::uint64_t orders_ = 0;
  struct PendingCancel {
    SessionId by;
    std::uint64_t request = 0;
    Name job;
  };
  std::vector<PendingCancel> cancels_;
  std::vector<Name> quarantined_;  // oldest first
  std::set<KeyId> taken_keys_;
  std::vector<Unwritten> unwritten_;
  std::uint64_t appended_ = 0;
  std::uint64_t persisted_ = 0;
  std::optional<ErrorCode> log_failing_;
  TimePoint next_sweep_ = strategy::kNever;
  TimePoint next_unserved_look_ = strategy::kNever;
  std::map<QueueId, TimePoint> unserved_since_;
  Troubles troubles_;
  std::uint64_t steps_ = 0;
  std::uint64_t serials_ = 0;
  std::uint64_t switches_ = 0;
  std::uint64_t stale_reports_ = 0;
  std::uint64_t unfounded_receipts_ = 0;
  Returns returns_;
  bool stopping_ = false;

  // Of the running step
  const Scheduler* scheduler_ = nullptr;  // asked only what it may choose
  std::optional<WorkerId> stale_report_;  // by a worker that has no such lease
  std::uint64_t appended_before_ = 0;
  std::uint64_t orders_before_ = 0;
  TimePoint now_;
  Actions expected_;
  std::vector<Name> settled_;
  std::set<SessionId> ended_;
};

}  // namespace steelyard::core
