#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/core/scheduler.hpp"
#include "steelyard/core/sentence.test.hpp"

namespace steelyard::core {

/// A small world for conversations with the scheduler: events as short calls, actions as short
/// sentences. Numbers stand for themselves: session 0, worker 1, queue 2.
///
///     World world;
///     world.open({.session = 0});
///     world.join({.worker = 0});
///     world.submit({.count = 2});
///     EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 2", "assign s0#1 to w0"));
///
/// The payload of job n of session s is told apart from its result and its error text by its name:
/// "payload s0#1", "result s0#1", "text s0#1". The invariants are checked after every event.
class World {
 public:
  struct Opening {
    std::uint32_t session = 0;
    std::uint32_t principal = 0;
    bool receipts = true;
  };
  struct Submission {
    std::uint32_t session = 0;
    std::uint64_t first = 0;  ///< 0: the number after the highest one sent
    std::uint32_t count = 1;
    std::uint32_t queue = 0;
    std::optional<std::uint32_t> state{};
    std::optional<std::uint32_t> user{};
    std::int32_t priority = 0;
    std::vector<std::uint32_t> tags{};
    std::uint64_t state_bytes = 0;
    TimePoint start_by = strategy::kNever;
    Duration delay{};
    Duration time_limit{};
    std::optional<std::uint32_t> key{};
    std::uint64_t fingerprint = 0;
    bool payload = true;
    bool keep = false;
    bool journal = false;
  };
  struct Joining {
    std::uint32_t worker = 0;
    std::vector<std::uint32_t> queues{0};
    std::int32_t priority_min = INT32_MIN;
    std::int32_t priority_max = INT32_MAX;
    std::uint32_t slots = 1;
    double weight = 1.0;
    std::vector<std::uint32_t> tags{};
    std::uint32_t max_states = 1;
    std::uint64_t state_memory_bytes = 0;
  };
  /// A job, by its session and number.
  struct Name {
    std::uint32_t session = 0;
    std::uint64_t job = 0;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  struct Report {
    std::uint32_t worker = 0;
    std::uint64_t job = 0;
    std::uint32_t session = 0;
    std::optional<Lease> lease{};  ///< empty: the one the job was last assigned with
    bool delivered = false;
    bool retry = false;
    bool died = false;
    Duration run_time{};
    Duration load_time{};
    bool load_failed = false;
    std::uint64_t state_bytes = 0;
    std::optional<std::vector<StateId>> holds{};
    std::uint32_t queue = 0;               ///< where it is forwarded
    std::optional<std::uint32_t> state{};  ///< that it needs there
  };
  struct Canceling {
    std::uint64_t job = 0;
    std::uint32_t session = 0;
    std::uint32_t by = 0;
  };

  explicit World(const Options& options = {}, std::string_view strategy = "oldest");
  World(const Options& options, std::unique_ptr<strategy::Strategy> strategy);

  void open(const Opening& opening);
  void beat_session(std::uint32_t session);
  void close(std::uint32_t session);
  void end(std::uint32_t session);
  void submit(const Submission& submission);
  struct Receipt {
    std::uint64_t job = 0;
    std::uint32_t session = 0;
    std::uint32_t count = 1;
    AttemptNumber attempt = 0;  ///< 0: of an answer that was delivered
  };
  void receive(const Receipt& receipt);
  /// The request's number is the job's.
  void cancel(const Canceling& canceling);
  void ask(const Canceling& asking);
  struct Matching {
    std::optional<std::uint32_t> queue{};
    std::optional<std::uint32_t> user{};
    bool dry_run = false;
    std::uint32_t by = 0;
  };
  void cancel_matching(const Matching& matching);
  void abort(std::uint32_t session);
  /// The request's number is the job's.
  void decide(const Canceling& deciding, bool release);

  void persist(std::uint64_t through);
  void fail_log(ErrorCode reason);
  void restore_session(std::uint32_t session);
  struct Restoring {
    Submission job{};
    Restored as = Restored::Waiting;
    std::uint16_t attempt = 0;
    std::uint8_t deaths = 0;
    Outcome outcome = Outcome::Finished;
    Duration forget_in = std::chrono::minutes(1);
  };
  void restore(const Restoring& restoring);

  void join(const Joining& joining);
  void return_worker(std::uint32_t worker, std::initializer_list<Name> held);
  void beat_worker(std::uint32_t worker, std::initializer_list<Name> held);
  void drain(std::uint32_t worker);
  void leave(std::uint32_t worker);

  void finish(const Report& report);
  void fail(const Report& report);
  void forward(const Report& report);
  void hand_back(const Report& report);
  /// The attempt ended because it was asked to.
  void stopped(const Report& report);
  /// It was asked to, and goes on.
  void ignore_stop(const Report& report);
  void progress(const Report& report, std::uint8_t percent);
  struct Loading {
    std::uint32_t worker = 0;
    std::uint32_t state = 0;
    Duration load_time = std::chrono::seconds(1);
    bool failed = false;
  };
  /// The worker has loaded a state ahead of any job, or has failed to.
  void loaded(const Loading& loading);
  struct Pinning {
    std::uint32_t state = 0;
    std::uint32_t workers = 1;
    std::optional<std::uint32_t> queue{};
  };
  /// Session 0 asks for it; the request's number is the state's.
  void pin(const Pinning& pinning);
  void weigh(std::uint32_t user, double weight);
  /// The worker gives up the result that it kept.
  void give(const Report& report);
  void miss(const Report& report);
  void stop();

  /// Time goes on; nobody looks at the timers.
  void wait(Duration duration) { now_ += duration; }
  /// Time goes on and timers are looked at.
  void pass(Duration duration);
  void stall(Duration duration);

  /// What the scheduler wanted since this was last asked, in order.
  [[nodiscard]] std::vector<std::string> said();
  /// What it wanted noted or forgotten about deaths, which `said` leaves out.
  [[nodiscard]] std::vector<std::string> evidence();
  /// Forgets what was said so far.
  void hush() { said_.clear(); }

  /// The lease the job was last assigned with.
  [[nodiscard]] Lease lease(const Name& name) const { return assigned_.at(name); }
  [[nodiscard]] const Scheduler& scheduler() const { return scheduler_; }
  [[nodiscard]] const Counters& counters() const { return scheduler_.book().total(); }
  [[nodiscard]] TimePoint now() const { return now_; }

 private:
  [[nodiscard]] JobsSubmitted submitted(const Submission& submission);
  void step(const Event& event);
  void note(const Action& action);
  [[nodiscard]] std::vector<Lease> leases(std::initializer_list<Name> names) const;
  [[nodiscard]] Lease lease_of(const Report& report) const;
  [[nodiscard]] static AttemptReport attempt(const Report& report);

  Scheduler scheduler_;
  TimePoint now_{};
  std::vector<std::string> said_;
  std::vector<std::string> evidence_;
  std::map<Name, Lease> assigned_;
  std::map<std::uint32_t, std::uint64_t> sent_;  // by session: the highest number
  std::vector<TagId> tags_;                      // of the running submission
};

/// With session 0 and worker 0, which has one slot and serves queue 0.
class OneWorkerWorld : public World {
 public:
  explicit OneWorkerWorld(const Options& options = {}, bool receipts = true) : World(options) {
    open({.session = 0, .receipts = receipts});
    join({.worker = 0});
    hush();
  }
};

}  // namespace steelyard::core
