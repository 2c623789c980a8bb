#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "steelyard/core/scheduler.hpp"
#include "steelyard/core/simulation/model.test.hpp"
#include "steelyard/core/simulation/naive_log.test.hpp"
#include "steelyard/core/simulation/promises.test.hpp"
#include "steelyard/core/simulation/setting.test.hpp"

namespace steelyard::core {

/// A part of a second that a double holds exactly.
inline constexpr Duration kTick = std::chrono::nanoseconds(15'625'000);
inline constexpr std::int64_t kTicksPerSecond = 64;

/// Clients, workers, a log and a network that loses, repeats, delays and forges, around a real
/// Scheduler whose every step is checked against the Model; and a broker that may crash after any
/// step, whose next life begins with what was on disk.
///
/// Time goes in parts of a second that a double holds exactly, so that the rules of strategies that
/// count in seconds can be checked to the nanosecond.
class FaultyWorld {
 public:
  FaultyWorld(const Setting& setting, Dice& dice);

  /// One event of any kind, with whatever goes wrong.
  void stir();
  /// Faults stop, workers serve everything, clients receive everything: all must be settled, every
  /// session end and every byte, key and note be forgotten.
  void calm();

  /// Is told of every step from now on.
  using Watcher = std::function<void(TimePoint, const Event&, const Actions&)>;
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  [[nodiscard]] const Model& model() const { return *model_; }
  [[nodiscard]] const Setting& setting() const { return setting_; }
  [[nodiscard]] std::size_t lanes() const { return scheduler_->lanes().size(); }
  /// A number that differs when anything the scheduler did differs.
  [[nodiscard]] std::uint64_t trace() const { return trace_; }
  /// The last events and actions, for the one who looks for a mistake.
  [[nodiscard]] std::string recent() const;
  /// How often each of the rare things has happened, in all lives of the broker.
  [[nodiscard]] std::map<std::string, std::uint64_t> reached() const;
  /// Jobs of which a client was told that they are in the log.
  [[nodiscard]] std::uint64_t acknowledged() const { return promises_.acknowledged(); }

 private:
  /// What a worker has in its hands.
  using Held = std::vector<Lease>;
  struct Answer {
    std::uint64_t sequence = 0;
    AttemptNumber attempt = 0;  ///< whose it is; 0: the scheduler's
  };
  struct Name {
    SessionId session;
    Answer answer;
  };
  /// Somebody who stays, whatever becomes of the broker.
  struct Client {
    PrincipalId principal;
    bool receipts = true;
    bool is_ending = false;
    bool is_away = false;       ///< the broker has crashed since, and the two have not met again
    std::uint64_t highest = 0;  ///< number that it has used
    std::map<std::uint64_t, JobsSubmitted> open;  ///< jobs that it waits for
  };

  // faulty_world.test.cpp
  void step(const Event& event);
  void note(const Action& action, const Event& event);
  void note_answer(const Deliver& deliver);
  void note_submitted(const JobsSubmitted& event);
  void note_receipt(const ResultsReceived& event, std::uint64_t received_before);
  void told(SessionId id, std::uint64_t sequence);
  void remember(std::string line);
  void pass_time();
  [[nodiscard]] bool has(Feature feature) const { return is_faulty_ && setting_.has(feature); }
  [[nodiscard]] std::optional<SessionId> any_open();
  [[nodiscard]] std::optional<WorkerId> any_worker();
  PayloadRef new_payloads(std::uint32_t count);

  // faulty_clients.test.cpp
  void session_event();
  void submit();
  [[nodiscard]] JobsSubmitted new_jobs(SessionId id);
  void add_features(JobsSubmitted& event, const Client& client);
  void receive();
  void cancel();
  void decide();

  // faulty_workers.test.cpp
  void worker_event();
  void join();
  void report();
  void report(WorkerId worker, Lease lease);
  bool report_stop(WorkerId worker, Lease lease);
  void report_end(WorkerId worker, Lease lease);
  [[nodiscard]] JobForwarded new_forward(WorkerId worker, Lease lease);
  void report_wrongly();
  void arrive(Lease lease);
  void give_result();
  [[nodiscard]] bool keeps_results(Lease lease) const;
  void beat(WorkerId worker);
  void return_worker(WorkerId worker);
  [[nodiscard]] AttemptReport attempt_report();
  [[nodiscard]] Held some_of(const Held& held);

  // lives.test.cpp
  void log_event();
  void crash();
  void lose_peers();
  void restore();
  void come_back(SessionId id);

  // calm.test.cpp
  void leave_to_one_worker();
  void finish_everything();
  void answer_everybody();
  void empty_quarantine();
  void check_everybody_was_told();
  void close_every_session();
  void check_nothing_is_left();

  const Setting setting_;
  Dice& dice_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Model> model_;
  NaiveLog log_;
  Promises promises_;
  TimePoint now_{};
  bool is_faulty_ = true;
  std::map<SessionId, Client> clients_;
  std::map<WorkerId, Held> held_;
  std::map<WorkerId, Held> kept_;                     // leases of the results that workers keep
  std::map<Lease, Name> names_;                       // of everything assigned in this life
  std::set<Lease> to_stop_;                           // attempts that were asked to stop
  std::map<SessionId, std::vector<Answer>> answers_;  // that a client has and may send receipts for
  std::deque<std::pair<WorkerId, Lease>> past_;       // reports that may come late or twice
  std::map<SessionId, std::vector<JobsSubmitted>> sent_;
  std::set<std::pair<SessionId, std::uint64_t>> noted_deaths_;
  std::map<SessionId, std::uint64_t>
      free_at_;                 // place in the log where the last of it was forgotten
  std::vector<StateId> holds_;  // of the last report
  std::uint64_t next_payload_ = 1;
  std::uint64_t trace_ = 0;
  std::map<std::string, std::uint64_t> reached_;  // in former lives, and by the world
  Watcher watcher_;
  std::deque<std::string> recent_;
};

}  // namespace steelyard::core
