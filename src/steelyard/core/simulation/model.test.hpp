#pragma once

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
/// For each event the model says by its own rules everything that must be done, apart from the
/// choice of the strategy, which is checked against the strategy's rule. It keeps what was handed
/// in and is not forgotten, every lease ever granted, and what each client was told.
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
    std::uint32_t attempts = 0;  ///< that count: not those handed back
    WorkerId worker;
    Lease lease;              ///< of the running attempt
    std::uint64_t grant = 0;  ///< its place among all attempts
    Duration expected{};      ///< run time, when the attempt was granted
    bool was_lost = false;
    bool keep = false;      ///< its answer is to be stored
    TimePoint expires;      ///< of a stored answer
    bool kept = false;      ///< its result is kept by `worker`
    bool asked = false;     ///< and was asked for
    bool received = false;  ///< its requester has the running attempt's result
    std::chrono::microseconds waited{};
    std::chrono::microseconds run_time{};
    TimePoint renewed;
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
    std::uint64_t watermark = 0;
    TimePoint last_heard;
    std::map<std::uint64_t, Job> jobs;        ///< those not settled
    std::map<std::uint64_t, Answer> answers;  ///< what the client was told by the scheduler
    std::set<std::uint64_t> received;         ///< what the client says that it has
    std::set<std::uint64_t> accepted;
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
    TimePoint next_look;  ///< when its silence and its leases are looked at
  };

  Model(const Options& options, std::string_view strategy);

  /// Checks one step; throws Violation.
  void check(TimePoint now, const Event& event, const Actions& actions);
  /// Checks what the scheduler tells about itself; throws Violation.
  void compare_with(const Scheduler& scheduler) const;

  [[nodiscard]] const std::map<SessionId, Session>& sessions() const { return sessions_; }
  [[nodiscard]] const std::map<WorkerId, Worker>& workers() const { return workers_; }
  [[nodiscard]] std::size_t unsettled() const;
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
  void on(const JobHandedBack& event);
  // These have tests of their own (residency.test.cpp); no world has them.
  void on(const StateLoaded& event);
  void on(const PinRequested& event);
  void on(const TenantWeighted& event);
  void on(const StopRequested& event);
  void on(const DriverStalled& event);
  void on(const TimePassed& event);

  void close(SessionId id);
  void end_if_done(SessionId id);
  void store(Job& job);
  void expire_stored();
  void describe(Job& job, AnswerJob& answer);
  void accept(const JobsSubmitted& event, std::uint32_t first, std::uint32_t end);
  [[nodiscard]] std::optional<Reject> refusal(const JobsSubmitted& event) const;
  [[nodiscard]] bool lanes_full(const JobsSubmitted& event) const;
  void receive(SessionId id, std::uint64_t sequence, std::uint16_t attempt);
  std::optional<std::pair<SessionId, std::uint64_t>> kept_by(WorkerId worker, Lease lease);
  void lose_result(SessionId id, std::uint64_t sequence);
  void lose_kept(WorkerId id, const std::function<bool(const Job&)>& is_lost);
  void look_at_kept();
  [[nodiscard]] bool keeps_results(WorkerId id) const;
  void renew(WorkerId id, std::span<const Lease> held);
  template <class IsLost>
  void lose_leases(WorkerId id, IsLost&& is_lost);
  void remove_worker(WorkerId id);
  void dismiss_if_drained(WorkerId id);
  void look_at(WorkerId id);
  [[nodiscard]] bool serves(const Worker& worker, const Job& job) const;

  /// The job the report is about; empty, and refused, when the report is stale.
  std::optional<std::pair<SessionId, std::uint64_t>> reported(WorkerId worker, Lease lease,
                                                              PayloadRef brought);
  void learn(Job& job, const AttemptReport& report);
  void note_holding(WorkerId worker, StateId state, const AttemptReport& report);
  void free_worker(Job& job);
  void requeue(SessionId id, std::uint64_t sequence, std::uint64_t AttemptLedger::*how);
  void lose(SessionId id, std::uint64_t sequence, bool begun);
  struct Ending {
    Outcome outcome = Outcome::Finished;
    std::optional<ErrorCode> error{};
    PayloadRef result{};
    bool delivered = false;
  };
  void answer(SessionId id, std::uint64_t sequence, const Ending& ending);
  void settle(SessionId id, std::uint64_t sequence);
  void keep(PayloadRef first, std::uint32_t count = 1);
  void expect_forgotten(SessionId id, PayloadRef first, std::uint32_t count = 1);
  void expect_delivery(SessionId id, std::uint64_t sequence);

  // What was done (model.test.cpp)
  void take(const Assign& assign, bool submitted);
  void take(const Action& action);
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
  [[nodiscard]] bool has_begun(const Job& job) const;
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
  std::uint64_t switches_ = 0;
  std::uint64_t stale_reports_ = 0;
  std::uint64_t unfounded_receipts_ = 0;
  Returns returns_;
  bool stopping_ = false;

  // Of the running step
  std::uint64_t orders_before_ = 0;
  TimePoint now_;
  Actions expected_;
  std::vector<std::pair<SessionId, std::uint64_t>> settled_;
  std::set<SessionId> ended_;
};

}  // namespace steelyard::core
