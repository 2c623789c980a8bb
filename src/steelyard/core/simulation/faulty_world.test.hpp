#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "steelyard/base/random.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/core/simulation/model.test.hpp"

namespace steelyard::core {

/// Where a world's decisions come from: a seeded generator, or the bytes of a fuzzer.
class Dice {
 public:
  virtual ~Dice() = default;
  /// In [0, limit). Requires: limit > 0.
  virtual std::uint64_t below(std::uint64_t limit) = 0;

  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::uint32_t number(std::uint32_t limit) { return static_cast<std::uint32_t>(below(limit)); }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
};

class SeededDice final : public Dice {
 public:
  explicit SeededDice(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t limit) override { return random_.below(limit); }

 private:
  base::Random random_;
};

/// Clients, workers and a network that loses, repeats, delays and forges, around a real Scheduler
/// whose every step is checked against the Model.
///
/// Time goes in parts of a second that a double holds exactly, so that the rules of strategies that
/// count in seconds can be checked to the nanosecond.
class FaultyWorld {
 public:
  /// What a world is like; drawn from the dice.
  struct Setting {
    Options options;
    std::string strategy;
    std::uint64_t strategy_seed = 0;
    std::uint32_t sessions = 1;
    std::uint32_t workers = 1;
    std::uint32_t queues = 1;
    std::uint32_t states = 0;
    std::uint32_t users = 0;
    std::uint32_t tags = 0;
    std::uint32_t max_states = 1;
    [[nodiscard]] std::string text() const;
  };
  static Setting draw(Dice& dice);

  FaultyWorld(const Setting& setting, Dice& dice);

  /// One event of any kind, with whatever goes wrong.
  void stir();
  /// Faults stop, workers serve everything, clients receive everything: all must be settled, every
  /// session end and every byte be forgotten.
  void calm();

  /// Is told of every step from now on.
  using Watcher = std::function<void(TimePoint, const Event&, const Actions&)>;
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] const Setting& setting() const { return setting_; }
  [[nodiscard]] std::size_t lanes() const { return scheduler_.lanes().size(); }
  /// A number that differs when anything the scheduler did differs.
  [[nodiscard]] std::uint64_t trace() const { return trace_; }
  /// The last events and actions, for the one who looks for a mistake.
  [[nodiscard]] std::string recent() const;

 private:
  /// What a worker has in its hands.
  using Held = std::vector<Lease>;
  struct Answer {
    std::uint64_t sequence = 0;
    std::uint16_t attempt = 0;  ///< whose it is; 0: the scheduler's
  };
  struct Name {
    SessionId session;
    Answer answer;
  };

  void step(const Event& event);
  void note(const Action& action);
  void remember(std::string line);

  void pass_time();
  void session_event();
  void submit();
  void receive();
  void cancel();
  void worker_event();
  void join();
  void report();
  void report_wrongly();
  void arrive(Lease lease);
  void give_result();
  [[nodiscard]] bool keeps_results(Lease lease) const;
  void check_everybody_was_told();
  void beat(WorkerId worker);
  void return_worker(WorkerId worker);
  void finish_everything();
  void leave_to_one_worker();
  void close_every_session();

  [[nodiscard]] std::optional<SessionId> any_open();
  [[nodiscard]] std::optional<WorkerId> any_worker();
  [[nodiscard]] AttemptReport attempt_report();
  [[nodiscard]] Held some_of(const Held& held);
  PayloadRef new_payloads(std::uint32_t count);

  const Setting setting_;
  Dice& dice_;
  Scheduler scheduler_;
  Model model_;
  TimePoint now_{};
  std::map<WorkerId, Held> held_;
  std::map<WorkerId, Held> kept_;                     // leases of the results that workers keep
  std::map<Lease, Name> names_;                       // of everything that was ever assigned
  std::map<SessionId, std::vector<Answer>> answers_;  // that a client has and may send receipts for
  std::map<SessionId, std::set<std::uint64_t>> told_;  // what a client was told, or lied about
  std::deque<std::pair<WorkerId, Lease>> past_;        // reports that may come late or twice
  std::map<SessionId, std::vector<JobsSubmitted>> sent_;
  std::vector<StateId> holds_;  // of the last report
  std::uint64_t next_payload_ = 1;
  std::uint64_t trace_ = 0;
  Watcher watcher_;
  std::deque<std::string> recent_;
};

}  // namespace steelyard::core
