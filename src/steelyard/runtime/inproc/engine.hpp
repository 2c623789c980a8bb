#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/runtime/future/wait_word.hpp"
#include "steelyard/runtime/inproc/aftermath.hpp"
#include "steelyard/runtime/inproc/inbox.hpp"
#include "steelyard/runtime/inproc/job_node.hpp"
#include "steelyard/runtime/inproc/job_pages.hpp"
#include "steelyard/runtime/inproc/name_table.hpp"
#include "steelyard/runtime/inproc/options.hpp"
#include "steelyard/runtime/inproc/seat.hpp"
#include "steelyard/runtime/inproc/stats.hpp"
#include "steelyard/runtime/inproc/turn_lock.hpp"
#include "steelyard/runtime/inproc/worker_place.hpp"

namespace steelyard::inproc {

template <class Action, class... Others>
concept OneOf = (std::is_same_v<Action, Others> || ...);

/// What cannot happen here: workers and the one session are parts of this program, which asks about
/// no job, each report is made once, results are delivered at once, and nothing is written down.
template <class Action>
concept OfPeers = OneOf<Action, core::AnswerCancel, core::AnswerMatching, core::AnswerQuarantine,
                        core::AnswerJob, core::AnswerPin, core::DeclareLost, core::Expel,
                        core::RefuseStale, core::StopOnWorker, core::RequestStop, core::FetchResult,
                        core::ReleaseResult, core::LoadState, core::EndSession, core::ForgetSession,
                        core::NoteDeath, core::ForgetDeaths, core::ForgetKey, core::Append>;

/// Drives one core::Scheduler with threads, by flat combining: there is no scheduler thread.
///
/// Whoever has something to tell the scheduler leaves it in an inbox and tries to take the turn.
/// Who has the turn runs the scheduler on all that has arrived, its own and others', and hands jobs
/// directly to the seats. Who does not get the turn goes on: the other one looks again after
/// leaving. So a finishing worker takes its next job without a hand-off. While all seats are busy a
/// submitter does not even try: the next seat that reports takes its job in.
///
/// Invariants:
///  1. The fields marked "turn" are touched only by the thread that has the turn.
///  2. No function, destructor or observer of the user runs during a turn, except the strategy.
///  3. After a turn nothing is left in the inboxes, or another thread takes the next turn, or all
///     seats are busy and what is left is submissions that are certain to be accepted.
///  4. A job has one owner at a time: inbox, scheduler (through its PayloadRef), seat, or an
///     Aftermath.
/// Thread safety: all public functions from any thread; `remove_worker`, `drain` and `stop` not
/// from a thread of this engine's workers (asserted), because they wait for it.
class Engine {
 public:
  Engine(const BalancerOptions& options, std::unique_ptr<strategy::Strategy> strategy);
  /// Stops.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// The first of `count` numbers for new jobs.
  [[nodiscard]] JobNumber take_numbers(std::uint64_t count) noexcept {
    return next_number_.fetch_add(count, std::memory_order_relaxed);
  }
  [[nodiscard]] Result<JobKey> key(const JobOptions& options) { return names_.key(options); }

  /// Hands in jobs with one key, whose numbers are set. They are the engine's from now on.
  void submit(std::span<JobNode* const> jobs);
  /// Answers jobs that cannot be handed in.
  void refuse(std::span<JobNode* const> jobs, const Error& error);

  [[nodiscard]] Result<WorkerId> add_worker(const WorkerOptions& options);
  [[nodiscard]] Result<void> remove_worker(WorkerId id);
  void drain();
  void stop();
  [[nodiscard]] BalancerStats stats();
  [[nodiscard]] BalancerBooks books();

 private:
  // Turns (engine.cpp)
  bool try_turn();
  template <class Body>
  void turn(Body&& body);
  void finish_turns(Aftermath& after);
  void take_in(Aftermath& after);
  [[nodiscard]] bool anything_to_take_in() const;
  [[nodiscard]] JobNode* take_run(JobNode& first, Aftermath& after);
  void take_report(Seat& seat, Aftermath& after);
  void seat_is_idle(Seat& seat, Aftermath& after);
  void publish(std::uint32_t rounds, Aftermath& after);
  void look_after_time(Aftermath& after);
  void set_alarm(TimePoint at, Aftermath& after);
  void step(TimePoint at, const core::Event& event, Aftermath& after);
  void step(TimePoint at, Aftermath& after);
  void settle(Aftermath& after);
  template <class Condition>
  void wait_until(Condition&& condition);

  // Carrying out the scheduler's actions (engine_actions.cpp)
  void on(const core::Acknowledge& action, Aftermath& after);
  void on(const core::Reject& action, Aftermath& after);
  void on(const core::Assign& action, Aftermath& after);
  void on(const core::Deliver& action, Aftermath& after);
  void on(const core::Forget& action, Aftermath& after);
  void on(const core::RefuseWorker& action, Aftermath& after);
  void on(const core::Dismiss& action, Aftermath& after);
  void on(const core::Evict& action, Aftermath& after);
  /// Its requester is told.
  void on(const core::NoteFailure&, Aftermath&) {}
  template <OfPeers Action>
  void on(const Action&, Aftermath&) {
    STEELYARD_ASSERT(false);
  }
  void hand_to_seat(WorkerPlace& place, const Assignment& assignment, Aftermath& after);
  void refuse_later(JobNode& job, ErrorCode why, Aftermath& after);
  [[nodiscard]] Error refusal(ErrorCode code) const;
  template <class Ended>
  void describe(const Seat& seat, Ended& event);

  // The workers' threads (engine_work.cpp)
  void work(Seat& seat);
  void run_job(Seat& seat, TimePoint began);
  [[nodiscard]] bool go_on(JobNode& job);
  void evict(WorkerPlace& place);
  void note_state(WorkerPlace& place, StateId needed, SeatReport& report);
  bool report(Seat& seat);
  void alarm_rang(Seat& seat);
  void assert_not_a_worker() const;
  template <class Call>
  void tell_observer(Call&& call) const noexcept;

  // Membership (engine_workers.cpp)
  /// What a worker offers, by name and by number.
  struct Offer {
    const WorkerOptions& options;
    std::vector<QueueId> queues;
    std::vector<TagId> tags;
  };
  [[nodiscard]] Result<Offer> offer(const WorkerOptions& options);
  [[nodiscard]] Result<void> join(WorkerPlace& place, const Offer& offer);
  WorkerPlace& claim_place(const WorkerOptions& options);
  [[nodiscard]] Result<void> start_threads(WorkerPlace& place);
  void ask_to_leave(WorkerPlace& place, Aftermath& after);
  void part_with(WorkerPlace& place);

  // What it says about itself (engine_stats.cpp)
  [[nodiscard]] BalancerStats snapshot() const;

  // One client, the program, is one session. It gives no receipts: answers are function calls.
  static constexpr SessionId kSession{0};
  static constexpr PrincipalId kPrincipal{0};

  // What stop_phase_ goes through.
  static constexpr std::uint32_t kRunning = 0;
  static constexpr std::uint32_t kStopping = 1;
  static constexpr std::uint32_t kStopped = 2;

  // Constant after construction.
  const BalancerOptions options_;

  // Synchronised by themselves.
  NameTable names_;
  alignas(64) std::atomic<JobNumber> next_number_{1};
  alignas(64) Inbox<JobNode> submissions_;
  alignas(64) Inbox<Seat> reports_;
  alignas(64) TurnLock lock_;
  std::atomic<std::uint32_t> watchers_{0};  // threads in wait_until
  std::atomic<std::uint32_t> refusing_{0};  // settled by the scheduler, not yet answered
  std::atomic<std::uint64_t> refused_{0};   // not accepted, for the statistics
  WaitWord changes_{0};                     // counts what watchers may wait for

  // Published at the end of a turn, read by everybody; apart, because they seldom change.
  alignas(64) std::atomic<std::uint32_t> idle_seats_{0};
  std::atomic<std::uint32_t> room_{0};        // so many submissions are certain to be accepted
  std::atomic<bool> turn_is_long_{false};     // newcomers wait for the turn, to relieve who has it
  std::atomic<bool> room_is_limited_{false};  // some worker takes states up to some size only
  WaitWord stop_phase_{kRunning};

  // Turn.
  alignas(64) core::Scheduler scheduler_;
  core::Event event_;      // of the running step; filled in place, which is cheaper than copying
  core::Actions actions_;  // of the running step
  TimePoint now_;
  JobPages jobs_;  // by sequence number, which is the payload reference too
  std::uint32_t idle_count_ = 0;
  bool all_is_finished_ = true;                       // at the end of the last turn
  std::optional<ErrorCode> join_refusal_;             // by the running step
  std::vector<StateId> holdings_;                     // of the running report
  std::vector<std::unique_ptr<WorkerPlace>> places_;  // by WorkerId; empty: free
  std::vector<std::unique_ptr<Seat>> seats_;          // all there have ever been
  std::vector<Seat*> spare_seats_;
  Seat* timekeeper_ = nullptr;
  TimePoint alarm_;
  std::uint64_t departed_attempts_run_ = 0;
  BalancerBooks books_;
};

}  // namespace steelyard::inproc
