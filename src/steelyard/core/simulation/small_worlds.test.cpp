#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/core/simulation/model.test.hpp"
#include "steelyard/strategy/registry.hpp"

/// Every sequence of four events in a world of one session, two workers and a few jobs.
namespace steelyard::core {
namespace {

constexpr SessionId kSession{0};
constexpr WorkerId kFirst{0};
constexpr WorkerId kSecond{1};

/// A small world; events that are impossible in its state do nothing.
class SmallWorld {
 public:
  SmallWorld()
      : scheduler_(kOptions, std::move(strategy::Registry().make("least-loaded").value())),
        model_(kOptions, "least-loaded") {
    toggle_session();
    toggle(kFirst);
    submit();
    submit();
  }

  using Happening = void (SmallWorld::*)();
  static const std::array<Happening, 17> kHappenings;

  void submit() {
    if (!is_open()) return;
    send(scheduler_.watermark(kSession) + 1);
  }
  void submit_again() {
    if (is_open() && scheduler_.watermark(kSession) > 0) send(1);
  }
  void finish() {
    if (!has_lease()) return;
    last_ = std::exchange(held_, std::nullopt);
    step(JobFinished{last_->worker, last_->lease, {next_payload_++}, {}, false});
  }
  void keep() {
    if (!has_lease()) return;
    last_ = std::exchange(held_, std::nullopt);
    step(JobFinished{last_->worker, last_->lease, {}, {}, true});
  }
  void give() {
    if (!last_ || !scheduler_.workers().joined(last_->worker)) return;
    step(ResultFetched{last_->worker, last_->lease, {next_payload_++}});
  }
  void receive_directly() {
    if (is_open() && last_) step(ResultsReceived{kSession, last_->sequence, 1, last_->attempt});
  }
  void fail() {
    if (!has_lease()) return;
    last_ = std::exchange(held_, std::nullopt);
    step(JobFailed{last_->worker, last_->lease, {next_payload_++}, {}, true, false});
  }
  void hand_back() {
    if (!has_lease()) return;
    last_ = std::exchange(held_, std::nullopt);
    step(JobHandedBack{last_->worker, last_->lease});
  }
  void report_again() {
    if (!last_ || !scheduler_.workers().joined(last_->worker)) return;
    step(JobFinished{last_->worker, last_->lease, {next_payload_++}, {}, false});
  }
  void receive() {
    if (is_open() && answer_) step(ResultsReceived{kSession, *answer_});
  }
  void toggle_first() { toggle(kFirst); }
  void toggle_second() { toggle(kSecond); }
  void drain() { step(WorkerDrainRequested{kFirst}); }
  void return_empty() {
    if (scheduler_.workers().joined(kFirst)) step(WorkerReturned{kFirst, {}});
  }
  void toggle_session() {
    if (is_open()) return step(SessionClosed{kSession});
    if (!model_.sessions().contains(kSession)) step(SessionOpened{kSession, PrincipalId{0}, true});
  }
  void five_seconds() {
    now_ += std::chrono::seconds(5);
    step(TimePassed{});
  }
  void stop() { step(StopRequested{}); }

 private:
  static constexpr Options kOptions{.max_queued_jobs = 3, .max_attempts = 2};

  [[nodiscard]] bool is_open() const { return scheduler_.is_open(kSession); }
  [[nodiscard]] bool has_lease() const {
    return held_ && scheduler_.workers().joined(held_->worker);
  }
  void toggle(WorkerId id) {
    if (scheduler_.workers().joined(id)) return step(WorkerLeft{id});
    const QueueId queue{0};
    step(WorkerJoined{id, PrincipalId{0}, {{&queue, 1}}});
  }
  void send(std::uint64_t sequence) {
    JobsSubmitted event;
    event.session = kSession;
    event.first_sequence = sequence;
    event.count = 1;
    event.queue = QueueId{0};
    event.first_payload = {next_payload_++};
    step(event);
  }
  void step(const Event& event) {
    Actions actions;
    scheduler_.step(now_, event, actions);
    for (const Action& action : actions) {
      if (const auto* assign = std::get_if<Assign>(&action)) held_ = *assign;
      if (const auto* deliver = std::get_if<Deliver>(&action)) answer_ = deliver->sequence;
    }
    scheduler_.check_invariants();
    model_.check(now_, event, actions, scheduler_);
    model_.compare_with(scheduler_);
  }

  Scheduler scheduler_;
  Model model_;
  TimePoint now_{};
  std::optional<Assign> held_;           // assigned last
  std::optional<Assign> last_;           // reported last
  std::optional<std::uint64_t> answer_;  // delivered last
  std::uint64_t next_payload_ = 1;
};

constexpr std::array<SmallWorld::Happening, 17> SmallWorld::kHappenings{
    &SmallWorld::submit,
    &SmallWorld::submit_again,
    &SmallWorld::finish,
    &SmallWorld::fail,
    &SmallWorld::hand_back,
    &SmallWorld::report_again,
    &SmallWorld::receive,
    &SmallWorld::toggle_first,
    &SmallWorld::toggle_second,
    &SmallWorld::drain,
    &SmallWorld::return_empty,
    &SmallWorld::toggle_session,
    &SmallWorld::five_seconds,
    &SmallWorld::stop,
    &SmallWorld::keep,
    &SmallWorld::give,
    &SmallWorld::receive_directly,
};

TEST(SmallWorlds, keep_every_promise_in_every_sequence_of_four_events) {
  constexpr std::size_t kKinds = SmallWorld::kHappenings.size();
  for (std::size_t sequence = 0; sequence < kKinds * kKinds * kKinds * kKinds; ++sequence) {
    SmallWorld world;
    std::string path;
    try {
      for (std::size_t rest = sequence, i = 0; i < 4; ++i, rest /= kKinds) {
        path += " " + std::to_string(rest % kKinds);
        (world.*SmallWorld::kHappenings[rest % kKinds])();
      }
    } catch (const Violation& violation) {
      FAIL() << violation.what() << " after" << path;
    }
  }
}

}  // namespace
}  // namespace steelyard::core
