#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/base/random.hpp"
#include "steelyard/core/actions.hpp"
#include "steelyard/core/book.hpp"
#include "steelyard/core/decision_log.hpp"
#include "steelyard/core/drain_rate.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/core/job_table.hpp"
#include "steelyard/core/key_table.hpp"
#include "steelyard/core/lane_table.hpp"
#include "steelyard/core/options.hpp"
#include "steelyard/core/run_times.hpp"
#include "steelyard/core/session_table.hpp"
#include "steelyard/core/start_estimate.hpp"
#include "steelyard/core/strategy_faults.hpp"
#include "steelyard/core/worker_table.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::core {

/// How many workers are to hold a state whatever happens.
struct Pin {
  std::uint32_t workers = 0;
  QueueId queue;  ///< of workers that serve it; none(): of any
};

/// What workers did with their time, as they reported it.
struct Effort {
  TimeSum loading{};
  TimeSum working{};  ///< without loading
};

/// Attempts that were not as they should be, and reports that nobody had asked for.
struct Troubles {
  std::uint64_t hung = 0;           ///< attempts stopped for want of progress
  std::uint64_t ignored_stops = 0;  ///< attempts that did not listen and could not be ended
  std::uint64_t deaths = 0;         ///< attempts that ended with their worker, once begun
  std::uint64_t offences = 0;       ///< reports about jobs that their worker never had
  std::uint64_t expelled = 0;       ///< workers, for too many of them
  std::uint64_t dropped_from_quarantine = 0;  ///< to make room for others
};

/// Turns events into actions: which job runs where, and what becomes of it.
///
/// Contract of the driver: feed events through `step`, carry out all of its actions in order, then
/// take the next step; send TimePassed when `next_deadline` is due, after all waiting input.
/// Time never runs backward (asserted). Same options, strategy and events: same actions.
///
/// Invariants, checked by `check_invariants` in every simulated run:
///  1. A job has at most one live lease; a report about another one changes nothing (fencing).
///  2. Every accepted job is answered exactly once to a session that stays.
///  3. Both ledgers balance, in total, per queue and per user.
///  4. A worker has only jobs it may run, and beyond its slots no more than are expected to run for
///     `max_unstarted_work` together.
/// Thread safety: none; it has one owner. It reads no clock and sees no payload.
class Scheduler {
 public:
  Scheduler(const Options& options, std::unique_ptr<strategy::Strategy> strategy);

  /// Handles one event and appends what is to be done to `out`.
  /// Cost: O(log n) per job moved; TimePassed also O(leases of a due worker).
  void step(TimePoint now, const Event& event, Actions& out);

  /// When TimePassed is due; nullopt: no timer is set.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const Book& book() const { return book_; }
  [[nodiscard]] const WorkerTable& workers() const { return workers_; }
  [[nodiscard]] const RunTimes& run_times() const { return run_times_; }
  [[nodiscard]] const LaneTable& lanes() const { return lanes_; }
  [[nodiscard]] const JobTable& jobs() const { return jobs_; }
  [[nodiscard]] const strategy::View& view() const { return view_; }
  [[nodiscard]] std::uint32_t open_sessions() const { return open_sessions_; }
  /// The highest sequence number seen from an open session.
  [[nodiscard]] std::uint64_t watermark(SessionId id) const {
    return sessions_[id.index()].watermark;
  }
  /// Jobs whose answers an open session says that it has, each counted once.
  [[nodiscard]] std::uint64_t received(SessionId id) const {
    return sessions_[id.index()].received;
  }
  /// When something was heard from an open session last.
  [[nodiscard]] TimePoint last_heard(SessionId id) const {
    return sessions_[id.index()].last_heard;
  }
  /// Whether the session exists and has not been closed, by its client or by its silence.
  [[nodiscard]] bool is_open(SessionId id) const {
    return has_session(id) && !sessions_[id.index()].closing;
  }
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// Assignments by the reason the strategy gave.
  [[nodiscard]] const std::array<std::uint64_t, strategy::kReasonCount>& decisions() const {
    return decisions_;
  }
  /// Assignments that made a worker load another state.
  [[nodiscard]] std::uint64_t switches() const { return switches_; }
  /// Reports about leases that were superseded, or that never were.
  [[nodiscard]] std::uint64_t stale_reports() const { return stale_reports_; }
  /// Jobs that are settled and whose answers are kept.
  [[nodiscard]] std::uint32_t stored() const { return stored_; }
  /// Receipts for jobs that were never submitted, or that cannot have an answer yet.
  [[nodiscard]] std::uint64_t unfounded_receipts() const { return unfounded_receipts_; }
  [[nodiscard]] const Returns& returns() const { return returns_; }
  /// Of all workers that there ever were, slot by slot.
  [[nodiscard]] const Effort& effort() const { return effort_; }
  [[nodiscard]] const Troubles& troubles() const { return troubles_; }
  /// Records appended to the log so far, and those of them that are on disk.
  [[nodiscard]] std::uint64_t appended() const { return appended_; }
  [[nodiscard]] std::uint64_t persisted() const { return persisted_; }
  /// Why the log takes nothing; nullopt: it does, or there is none.
  [[nodiscard]] std::optional<ErrorCode> log_failing() const { return log_failing_; }
  /// Of jobs that failed to be accepted: when it is worth trying again.
  [[nodiscard]] Duration retry_after() const;
  /// Nothing runs and every answer was received; what is left is in the log.
  [[nodiscard]] bool at_rest() const {
    return book_.total().jobs.running + book_.total().jobs.returning == 0;
  }
  [[nodiscard]] const strategy::Estimates& estimates() const { return estimates_; }
  [[nodiscard]] const strategy::Shares& shares() const { return shares_; }
  /// States that were given up to make room for others.
  [[nodiscard]] std::uint64_t evictions() const { return evictions_; }
  /// Loads that failed, of jobs and of preloads.
  [[nodiscard]] std::uint64_t failed_loads() const { return failed_loads_; }
  [[nodiscard]] const std::map<StateId, Pin>& pins() const { return pins_; }
  /// The latest decisions, for `explain`.
  [[nodiscard]] const DecisionLog& decision_log() const { return decision_log_; }
  [[nodiscard]] const EstimateQuality& estimate_quality() const { return estimate_quality_; }
  [[nodiscard]] const StrategyFaults& strategy_faults() const { return strategy_faults_; }
  /// Slots of the jobs in quarantine, the oldest first.
  [[nodiscard]] const std::deque<std::uint32_t>& quarantined() const { return quarantined_; }
  /// Until when a delayed job waits; nullopt: it is not delayed.
  [[nodiscard]] std::optional<TimePoint> delayed_until(std::uint32_t slot) const {
    if (!delay_timers_.contains(slot)) return std::nullopt;
    return delay_timers_.key_of(slot);
  }
  /// Of the job that has this key; 0: none has.
  [[nodiscard]] std::uint64_t fingerprint(KeyId key) const {
    const KeyTable::Entry* const taken = keys_.find(key);
    return taken == nullptr ? 0 : taken->fingerprint;
  }
  /// Requires: the session exists.
  [[nodiscard]] PrincipalId principal(SessionId id) const {
    return sessions_[id.index()].principal;
  }
  /// The slot of an unsettled or stored job of an open session; kNoJob: there is none.
  [[nodiscard]] std::uint32_t find(SessionId session, std::uint64_t sequence) const {
    return has_session(session) ? sessions_[session.index()].jobs.find(sequence) : kNoJob;
  }

  /// Whether `by` may know of the job, because it is of the same principal; and that it existed.
  /// Requires: `by` is open. `id` need not exist.
  [[nodiscard]] bool may_know(SessionId by, SessionId id, std::uint64_t sequence) const;
  /// When the last session with this number began. Requires: there was one.
  [[nodiscard]] TimePoint opened_at(SessionId id) const { return sessions_[id.index()].opened_at; }

  /// Asserts the invariants above. Cost: O(everything); for tests.
  void check_invariants() const;

 private:
  // Sessions and submissions (submission.cpp)
  void on(const SessionOpened& event);
  void on(const SessionBeat& event);
  void on(const SessionClosed& event);
  void on(const SessionEnding& event);
  void on(const JobsSubmitted& event);
  void on(const NumbersSpent& event);
  void repeat_submission(const JobsSubmitted& event, std::uint32_t count);
  LaneId accept(const JobsSubmitted& event, std::uint32_t skip);
  std::uint32_t add_job(const JobsSubmitted& event, std::uint32_t place, LaneId lane);
  bool repeats_restored(const JobsSubmitted& event, std::uint32_t place);
  void acknowledge(SessionId id, QueueId unserved, std::uint64_t journalled_from);
  using Refusal = std::pair<ErrorCode, std::int64_t>;
  [[nodiscard]] std::optional<Refusal> refusal(const JobsSubmitted& event) const;
  [[nodiscard]] std::optional<Refusal> over_limit(const JobsSubmitted& event) const;
  bool reject_for_key(const JobsSubmitted& event);
  void forget_key_if_free(KeyId key);
  void repeat_answer(std::uint32_t slot);
  [[nodiscard]] LaneId open_lane(const JobsSubmitted& event, bool beyond_limit = false);
  [[nodiscard]] std::optional<std::int64_t> too_large(const JobsSubmitted& event) const;
  void reject(const JobsSubmitted& event, std::uint32_t skip, ErrorCode reason, std::int64_t limit);
  void close(SessionId id);
  void begin_to_close(SessionId id);
  void close_job(std::uint32_t slot);
  [[nodiscard]] bool may_ask(SessionId by, SessionId id, std::uint64_t sequence);
  void forget_if_over(SessionId id);
  void forget(SessionId id, PayloadRef first, std::uint32_t count = 1);

  // Workers (membership.cpp)
  void on(const WorkerJoined& event);
  void on(const WorkerReturned& event);
  void on(const WorkerBeat& event);
  void on(const WorkerDrainRequested& event);
  void on(const WorkerLeft& event);
  void remove_worker(WorkerId id, Death how, std::vector<LaneId>& returned);
  void tell_stops_again(WorkerId id);
  void renew(WorkerId id, std::span<const Lease> held);
  bool lose_leases(WorkerId id, const std::function<bool(std::uint32_t)>& is_lost, Death how,
                   std::vector<LaneId>& returned);
  bool try_again(WorkerId id);
  void dismiss_if_drained(WorkerId id);
  void refresh_pools();
  void refresh_lanes();

  // Attempts and answers (completion.cpp)
  void on(const JobFinished& event);
  void on(const JobFailed& event);
  void on(const JobHandedBack& event);
  void on(const StopRequested& event);
  std::uint32_t leased(WorkerId worker, Lease lease, PayloadRef brought);
  void end_attempt(std::uint32_t slot);
  void apply(WorkerId worker, const AttemptReport& report, std::uint32_t slot);
  void note_effort(WorkerId worker, const AttemptReport& report);
  void died(WorkerId worker, const JobFailed& event, std::uint32_t slot);
  void requeue(std::uint32_t slot, std::uint64_t AttemptLedger::*how, Duration wait = {});
  void give_up_if_unwanted(std::uint32_t slot);
  void lose_attempt(std::uint32_t slot, Death how, PayloadRef text = {});
  [[nodiscard]] Duration back_off(std::uint32_t failures);
  void note_stale(WorkerId worker, Lease lease);
  void expel_offenders();
  void answer_attempt(std::uint32_t slot, std::uint64_t AttemptLedger::*how, Outcome outcome,
                      std::optional<ErrorCode> error, PayloadRef result, bool delivered);
  void answer_waiting(std::uint32_t slot, ErrorCode error);
  void answer(std::uint32_t slot, Outcome outcome, std::optional<ErrorCode> error,
              PayloadRef result, bool delivered);
  [[nodiscard]] bool is_heard(const Job& job);
  void deliver(const Job& job);
  void note_failure(const Job& job);
  void settle(std::uint32_t slot);
  [[nodiscard]] static std::uint8_t error_bits(std::optional<ErrorCode> error);

  // Jobs that go on in another queue (forwarding.cpp)
  void on(const JobForwarded& event);
  LaneId forward(std::uint32_t slot, const JobForwarded& event);
  [[nodiscard]] LaneId next_lane(const Job& job, const JobForwarded& event);

  // Jobs that wait for their time, and those whose time is over (waiting.cpp)
  void delay(std::uint32_t slot, TimePoint until);
  void queue_delayed(std::vector<LaneId>& lanes);
  void expire_waiting();
  [[nodiscard]] bool expire_if_late(std::uint32_t slot);
  void sweep_old();
  void fail_unserved();
  void fail_unserved_in(LaneId lane);
  void note_unserved(QueueId queue);
  [[nodiscard]] Duration unserved_period() const;
  [[nodiscard]] Duration sweep_period() const;

  // Attempts that are to stop (stopping.cpp)
  void on(const CancelRequested& event);
  void on(const CancelMatching& event);
  void on(const SessionAborted& event);
  void on(const JobStopped& event);
  void on(const StopIgnored& event);
  void on(const JobProgressed& event);
  void request_stop(std::uint32_t slot, StopReason why);
  void answer_when_stopped(const CancelRequested& event, std::uint32_t slot);
  void answer_cancels(std::uint32_t slot, Standing outcome);
  void answer_stopped(std::uint32_t slot, std::uint64_t AttemptLedger::*how);
  void over_time_limit(std::uint32_t slot);
  LaneId ignored_stop(std::uint32_t slot);
  void give_up_waiting(std::uint32_t slot);
  void check_hung(std::vector<LaneId>& returned, std::vector<WorkerId>& freed);
  bool free_overdue(WorkerId worker, Lease lease);

  // Quarantine (quarantine.cpp)
  void on(const QuarantineDecided& event);
  void quarantine(std::uint32_t slot);
  void release_from_quarantine(std::uint32_t slot);
  void drop_from_quarantine(std::uint32_t slot);
  void limit_quarantine();

  // The log (journal.cpp)
  void on(const Persisted& event);
  void on(const LogFailing& event);
  void on(const SessionRestored& event);
  void on(const JobRestored& event);
  void restore_place(std::uint32_t slot, const JobRestored& event);
  void append(Append::What what, std::uint32_t slot);
  void append_if_journalled(Append::What what, std::uint32_t slot);
  void append_submitted(const JobsSubmitted& event, std::uint32_t first, std::uint32_t end);
  void take_back_unwritten(SessionId id, std::uint64_t first, std::uint64_t last);

  // Results that workers keep, and receipts (returns.cpp)
  void on(const ResultsReceived& event);
  void on(const ResultFetched& event);
  void on(const ResultMissing& event);
  bool receive_answer(std::uint32_t slot, AttemptNumber attempt, std::vector<WorkerId>& freed);
  void receive_early(std::uint32_t slot, AttemptNumber attempt, std::vector<WorkerId>& freed);
  void keep_at_worker(std::uint32_t slot, WorkerId worker);
  void take_from_keeper(std::uint32_t slot);
  void fetch(std::uint32_t slot);
  std::uint32_t kept(WorkerId worker, Lease lease);
  void lose_result(std::uint32_t slot);
  void lose_kept(WorkerId id, const std::function<bool(std::uint32_t)>& is_lost,
                 std::vector<LaneId>& returned);
  void check_returns(WorkerId id, std::vector<LaneId>& returned);

  // Answers that are kept (storage.cpp)
  void on(const JobAsked& event);
  void store(std::uint32_t slot);
  void release(std::uint32_t slot);
  void expire_stored();
  void describe(std::uint32_t slot, AnswerJob& answer);

  // States that workers hold (residency.cpp)
  void on(const StateLoaded& event);
  void on(const PinRequested& event);
  void on(const TenantWeighted& event);
  StateId load(WorkerId id, StateId state);
  [[nodiscard]] double credit_of(WorkerId id, StateId state) const;
  void hold(WorkerId id, StateId state, double credit);
  void give_up(WorkerId id, StateId state);
  void note_holding(WorkerId id, StateId state, const AttemptReport& report);
  void correct_holding(WorkerId id, std::span<const StateId> holds);
  void learn_load(WorkerId id, StateId state, Duration load_time, std::uint64_t bytes);
  void load_failed(WorkerId id, StateId state);
  void end_preloads(WorkerId id);
  bool learn_size(StateId state, std::uint64_t bytes);
  void retry_loads();
  void place_state(StateId state);
  void add_lanes_of(StateId state, std::vector<LaneId>& lanes) const;
  void satisfy_pins();
  void satisfy_pin(StateId state, Pin& pin);
  bool preload(WorkerId id, StateId state, QueueId queue);
  [[nodiscard]] std::uint64_t pools_for(const LaneKey& key) const;
  [[nodiscard]] WorkerTable::Needs needs_of(const LaneKey& key) const;

  // Decisions (dispatch.cpp)
  void place_lane(LaneId id);
  void place_lanes(const std::vector<LaneId>& ids);
  void serve_worker(WorkerId id);
  enum class Served : std::uint8_t { Work, Nothing, Unable };
  Served serve_once(WorkerId id);
  bool serve_a_free_worker(LaneId id);
  void await(WorkerId id, LaneId lane);
  void reconsider(LaneId lane);
  void serve_reconsidered();
  [[nodiscard]] bool takes(WorkerId id, LaneId lane) const;
  [[nodiscard]] std::optional<Duration> expected_ahead(QueueId queue) const;
  [[nodiscard]] strategy::Choice ask(WorkerId id);
  [[nodiscard]] std::optional<WorkerId> ask_place(LaneId id);
  [[nodiscard]] strategy::Choice oldest(WorkerId id, strategy::Reason why) const;
  [[nodiscard]] bool is_blocked(WorkerId id, StateId state) const;
  [[nodiscard]] bool is_sound(const strategy::Choice& choice, WorkerId id) const;
  void assign_head(WorkerId worker, LaneId lane, strategy::Reason why);
  void note_stay(WorkerId id, const strategy::Stay& stay);
  [[nodiscard]] Duration expected_load(WorkerId id, StateId state) const;
  void charge(std::uint32_t slot, const strategy::Lane& lane, Duration load);
  void settle_charge(std::uint32_t slot, Duration cost);
  void enter_lane(LaneId id, std::uint32_t slot, bool again);
  void leave_lane(LaneId id, std::uint32_t slot);
  void room_changed(WorkerId id);
  void begin_unstarted(WorkerId id);
  void worker_changed(WorkerId id, strategy::WorkerChange change);
  void lane_changed(LaneId id, strategy::LaneChange change);
  /// A user's strategy may throw; then its next answer is checked like any other.
  template <class Call>
  void tell_strategy(Call&& call) {
    try {
      call();
    } catch (...) {
      ++decisions_[static_cast<std::size_t>(strategy::Reason::Fallback)];
      note_exception();
    }
  }
  void note_exception();
  void estimate_start(std::uint32_t slot);
  void compare_estimate(const Job& job);

  // Invariants (invariants.cpp)
  void check_jobs() const;
  void check_lanes() const;
  void check_workers() const;
  void check_ledgers() const;

  // Time (scheduler.cpp)
  void on(const DriverStalled& event);
  void on(const TimePassed& event);
  void set_worker_timer(WorkerId id);
  void set_session_timer(SessionId id);
  bool check_worker(WorkerId id, std::vector<LaneId>& returned);
  void check_session(SessionId id);
  [[nodiscard]] Session& session(SessionId id);
  [[nodiscard]] bool has_session(SessionId id) const {
    return id.index() < sessions_.size() && sessions_[id.index()].open;
  }

  /// A cancel that is answered when the job has stopped.
  struct PendingCancel {
    SessionId by;
    std::uint64_t request = 0;
  };
  /// What is acknowledged when everything up to `position` is on disk.
  struct Unwritten {
    SessionId session;
    std::uint64_t serial = 0;           // of the session
    std::uint64_t position = 0;         // in the log
    std::uint64_t journalled_from = 0;  // 0: nothing here asked for the log
    std::uint64_t through = 0;
    QueueId unserved;
  };
  /// An answer that is told when everything up to `position` is on disk.
  struct UnwrittenAnswer {
    Lease job;
    std::uint64_t position = 0;
  };

  template <class ActionType>
  void emit(ActionType action) {
    out_->emplace_back(std::move(action));
  }

  const Options options_;
  const std::unique_ptr<strategy::Strategy> strategy_;
  JobTable jobs_;
  LaneTable lanes_;
  WorkerTable workers_;
  std::vector<Session> sessions_;
  Book book_;
  RunTimes run_times_;
  strategy::Estimates estimates_;
  strategy::Shares shares_;
  std::map<StateId, Pin> pins_;
  DecisionLog decision_log_;
  EstimateQuality estimate_quality_;
  StrategyFaults strategy_faults_;
  strategy::View view_;

  base::IndexedHeap<TimePoint> worker_timers_;
  base::IndexedHeap<TimePoint> session_timers_;
  base::IndexedHeap<TimePoint> stay_timers_;         // by worker: when to ask the strategy again
  base::IndexedHeap<TimePoint> return_timers_;       // by worker: when to ask for what it keeps
  base::IndexedHeap<TimePoint> store_timers_;        // by slot: when a stored answer is forgotten
  base::IndexedHeap<TimePoint> load_timers_;         // by state: when loading is tried again
  base::IndexedHeap<TimePoint> delay_timers_;        // by slot: when a delayed job is queued
  base::IndexedHeap<TimePoint> start_timers_;        // by slot: when a waiting job expires
  base::IndexedHeap<TimePoint> hung_timers_;         // by slot: when an attempt has not progressed
  TimePoint next_sweep_ = strategy::kNever;          // for jobs that are too old
  TimePoint next_unserved_look_ = strategy::kNever;  // for jobs that nobody serves
  std::vector<TimePoint> unserved_since_;  // by queue: no worker served it from then on, or never

  std::array<std::uint64_t, strategy::kReasonCount> decisions_{};
  std::uint64_t switches_ = 0;
  std::uint64_t evictions_ = 0;
  std::uint64_t failed_loads_ = 0;
  std::uint64_t stale_reports_ = 0;
  std::uint64_t unfounded_receipts_ = 0;
  Returns returns_;
  Troubles troubles_;
  Effort effort_;
  DrainRate drain_rate_;
  base::Random random_;
  KeyTable keys_;
  std::multimap<std::uint32_t, PendingCancel> pending_cancels_;  // by slot
  std::deque<std::uint32_t> quarantined_;                        // slots, oldest first
  std::vector<WorkerId> offenders_;                              // to be expelled after the step
  std::deque<Unwritten> unwritten_;
  std::deque<UnwrittenAnswer> unwritten_answers_;
  std::uint64_t appended_ = 0;
  std::uint64_t persisted_ = 0;
  std::optional<ErrorCode> log_failing_;
  std::uint64_t session_serial_ = 0;
  std::vector<WorkerId> awaiting_;      // workers that wait for a state of theirs to be let go of
  std::vector<WorkerId> reconsidered_;  // of these: to be asked again at the end of the step
  std::uint64_t next_order_ = 0;
  std::uint32_t open_sessions_ = 0;
  std::uint32_t stored_ = 0;
  bool stopping_ = false;

  TimePoint now_;           // of the running step
  Actions* out_ = nullptr;  // of the running step
};

}  // namespace steelyard::core
