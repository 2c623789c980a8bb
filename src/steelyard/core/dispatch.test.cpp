#include <limits>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/core/world.test.hpp"
#include "steelyard/strategy/simple_strategy.hpp"

/// Which job goes where, and what the scheduler does with a strategy that answers nonsense.
namespace steelyard::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using strategy::Choice;
using strategy::Reason;
using strategy::Serve;
using strategy::Stay;
using strategy::Strategy;
using strategy::View;
using testing::ElementsAre;
using testing::IsEmpty;

std::uint64_t decisions(const World& world, Reason reason) {
  return world.scheduler().decisions()[static_cast<std::size_t>(reason)];
}

TEST(Priority, counts_as_seconds_of_age) {
  World world;
  world.open({.session = 0});
  world.submit({.priority = 0});
  world.wait(seconds(2));
  world.submit({.priority = 1});
  world.submit({.priority = 3});
  world.hush();
  world.join({.worker = 0, .slots = 3});
  EXPECT_THAT(world.said(),
              ElementsAre("assign s0#3 to w0", "assign s0#1 to w0", "assign s0#2 to w0"));
}

TEST(Priority, that_makes_ages_equal_leaves_the_order_of_arrival) {
  World world;
  world.open({.session = 0});
  world.submit({.priority = 0});
  world.wait(seconds(1));
  world.submit({.priority = 1});
  world.hush();
  world.join({.worker = 0, .slots = 2});
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0", "assign s0#2 to w0"));
}

TEST(Priority, may_be_as_small_or_large_as_a_number_can) {
  World world;
  world.open({.session = 0});
  world.wait(std::chrono::hours(24 * 365));
  for (const std::int32_t priority : {INT32_MIN, 0, INT32_MAX}) {
    world.submit({.priority = priority});
  }
  world.hush();
  world.join({.worker = 0, .slots = 3});
  EXPECT_THAT(world.said(),
              ElementsAre("assign s0#3 to w0", "assign s0#2 to w0", "assign s0#1 to w0"));
}

TEST(Order, holds_between_sessions_too) {
  World world;
  world.open({.session = 0});
  world.open({.session = 1});
  world.submit({.session = 1});
  world.submit({.session = 0, .user = 1});
  world.submit({.session = 1, .state = 4});
  world.hush();
  world.join({.worker = 0, .slots = 3});
  EXPECT_THAT(world.said(),
              ElementsAre("assign s1#1 to w0", "assign s0#1 to w0", "assign s1#2 to w0"));
}

TEST(LeastLoaded, gives_the_next_job_to_the_worker_with_fewest_jobs_per_weight) {
  World world({}, "least-loaded");
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 8, .weight = 1});
  world.join({.worker = 1, .slots = 8, .weight = 3});
  world.submit({.count = 8});
  EXPECT_EQ(world.scheduler().workers().info(WorkerId{0}).assigned, 2u);
  EXPECT_EQ(world.scheduler().workers().info(WorkerId{1}).assigned, 6u);
}

TEST(LeastLoaded, lets_equals_take_turns) {
  World world({}, "least-loaded");
  world.open({.session = 0, .receipts = false});
  for (std::uint32_t i = 0; i < 3; ++i) world.join({.worker = i});
  world.hush();
  for (std::uint64_t job = 1; job <= 4; ++job) {
    world.submit({.payload = false});
    const std::uint32_t worker = static_cast<std::uint32_t>((job - 1) % 3);
    world.finish({.worker = worker, .job = job, .delivered = true});
  }
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1", "assign s0#1 to w0",
                                        "acknowledge s0 through 2", "assign s0#2 to w1",
                                        "acknowledge s0 through 3", "assign s0#3 to w2",
                                        "acknowledge s0 through 4", "assign s0#4 to w0"));
}

TEST(RoundRobin, gives_to_the_workers_in_turn_and_skips_the_full) {
  World world({}, "round-robin");
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 2});
  world.join({.worker = 1, .slots = 1});
  world.join({.worker = 2, .slots = 2});
  world.hush();
  world.submit({.count = 5});
  EXPECT_THAT(world.said(),
              ElementsAre("acknowledge s0 through 5", "assign s0#1 to w0", "assign s0#2 to w1",
                          "assign s0#3 to w2", "assign s0#4 to w0", "assign s0#5 to w2"));
}

/// Answers with what the test puts into it.
class Scripted : public Strategy {
 public:
  struct Script {
    std::optional<Choice> choice;   ///< empty: throw
    std::optional<WorkerId> place;  ///< none(): throw
    bool throws_when_told = false;
  };
  explicit Scripted(const Script& script) : script_(script) {}

  Choice choose(const View&, WorkerId) override {
    if (!script_.choice) throw std::runtime_error("no choice");
    return *script_.choice;
  }
  std::optional<WorkerId> place(const View&, LaneId) override {
    if (script_.place && !script_.place->valid()) throw std::runtime_error("no place");
    return script_.place;
  }
  void lane_changed(const View&, LaneId, strategy::LaneChange) override { told(); }
  void worker_changed(const View&, WorkerId, strategy::WorkerChange) override { told(); }
  void rebuild(const View&) override { told(); }

 private:
  void told() const {
    if (script_.throws_when_told) throw 17;  // whatever a user's code may throw
  }
  const Script& script_;
};

TEST(Fallback, replaces_a_wrong_choice_by_the_oldest_job) {
  const std::vector<std::optional<Choice>> wrong{
      std::nullopt,       // throws
      Serve{LaneId{0}},   // empty
      Serve{LaneId{1}},   // not allowed to the worker
      Serve{LaneId{99}},  // no such lane
      Serve{LaneId::none()},
      Serve{LaneId{2}, 0},  // no jobs
      Serve{LaneId{2}, 1, Reason{77}},
  };
  for (const auto& choice : wrong) {
    Scripted::Script script{choice, std::nullopt};
    World world({}, std::make_unique<Scripted>(script));
    world.open({.session = 0});
    world.submit({.user = 1});
    world.cancel({.job = 1});
    world.submit({.queue = 5});
    world.wait(seconds(1));
    world.submit({.user = 3});
    world.submit({.user = 4, .priority = 9});
    world.hush();
    world.join({.worker = 0});
    EXPECT_THAT(world.said(), ElementsAre("assign s0#4 to w0"));
    EXPECT_EQ(decisions(world, Reason::Fallback), 1u);
  }
}

TEST(Fallback, asks_the_first_with_room_when_the_placement_is_wrong) {
  for (const WorkerId wrong : {WorkerId{0}, WorkerId{1}, WorkerId{9}, WorkerId::none()}) {
    Scripted::Script script{Serve{LaneId{0}}, wrong};
    World world({}, std::make_unique<Scripted>(script));
    world.open({.session = 0});
    world.join({.worker = 0, .queues = {7}});
    world.join({.worker = 1});
    world.drain(1);
    world.join({.worker = 2});
    world.hush();
    world.submit({});
    EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1", "assign s0#1 to w2"));
    EXPECT_EQ(decisions(world, Reason::Fallback), 1u);
  }
}

TEST(Fallback, survives_a_strategy_that_throws_when_it_is_told_something) {
  Scripted::Script script{std::nullopt, WorkerId::none(), true};
  World world({}, std::make_unique<Scripted>(script));
  world.open({.session = 0, .receipts = false});
  world.join({.worker = 0});
  world.submit({.count = 2});
  world.hush();
  world.finish({.worker = 0, .job = 1, .delivered = true});
  EXPECT_THAT(world.said(), ElementsAre("forget payload s0#1", "assign s0#2 to w0"));
}

/// Throws what is given to it, or answers what is not allowed.
class Wrong final : public Strategy {
 public:
  int turn = 0;
  Choice choose(const View&, WorkerId) override {
    ++turn;
    if (turn % 3 == 1) throw std::runtime_error(std::string(300, 'x'));
    if (turn % 3 == 2) throw strategy::TooSlow("choose took 15.2 ms");
    return Serve{LaneId{99}};
  }
};

TEST(Fallback, tells_what_was_thrown_from_what_was_too_slow_and_what_was_not_allowed) {
  World world({}, std::make_unique<Wrong>());
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 9});  // asked once
  world.submit({});
  world.submit({});
  world.submit({});
  world.submit({});
  const StrategyFaults& faults = world.scheduler().strategy_faults();
  EXPECT_EQ(faults.thrown, 2u);
  EXPECT_EQ(faults.too_slow, 2u);
  EXPECT_EQ(faults.unsound, 1u);
  EXPECT_EQ(faults.total(), 5u);
  EXPECT_EQ(faults.last_exception, std::string(200, 'x'));
  EXPECT_EQ(faults.last_too_slow, "choose took 15.2 ms");
  EXPECT_EQ(world.counters().jobs.running, 4u);
}

TEST(Choice, to_serve_several_is_cut_to_the_workers_room_and_the_lanes_jobs) {
  Scripted::Script script{Serve{LaneId{0}, 100}, WorkerId{0}};
  World world({}, std::make_unique<Scripted>(script));
  world.open({.session = 0});
  world.join({.worker = 0, .slots = 3});
  world.submit({.count = 2});
  EXPECT_EQ(world.counters().jobs.running, 2u);
  world.submit({.count = 2});
  EXPECT_EQ(world.counters().jobs.running, 3u);
}

TEST(Choice, to_stay_until_a_time_is_asked_again_then) {
  Scripted::Script script{Stay{TimePoint(seconds(2))}, WorkerId{0}};
  World world({}, std::make_unique<Scripted>(script));
  world.open({.session = 0});
  world.join({.worker = 0});
  world.submit({});
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(2)));
  world.hush();
  script.choice = Serve{LaneId{0}};
  world.pass(milliseconds(1'999));
  EXPECT_THAT(world.said(), IsEmpty());
  world.pass(milliseconds(1));
  EXPECT_THAT(world.said(), ElementsAre("assign s0#1 to w0"));
}

TEST(Choice, to_stay_until_a_time_that_has_passed_is_asked_again_at_the_next_moment) {
  Scripted::Script script{Stay{TimePoint(seconds(2))}, WorkerId{0}};
  World world({}, std::make_unique<Scripted>(script));
  world.wait(seconds(3));
  world.join({.worker = 0});
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(3)) + Duration(1));
  world.pass(Duration(1));
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(3)) + Duration(2));
}

TEST(Choice, to_stay_is_replaced_by_the_next_answer) {
  Scripted::Script script{Stay{TimePoint(seconds(2))}, WorkerId{0}};
  World world({}, std::make_unique<Scripted>(script));
  world.open({.session = 0, .receipts = false});
  world.join({.worker = 0});
  script.choice = Stay{};
  world.submit({});
  EXPECT_EQ(world.scheduler().next_deadline(), TimePoint(seconds(5))) << "the worker's silence";
}

TEST(Choice, to_stay_is_forgotten_with_the_worker) {
  Scripted::Script script{Stay{TimePoint(seconds(2))}, WorkerId{0}};
  World world({}, std::make_unique<Scripted>(script));
  world.join({.worker = 0});
  world.leave(0);
  EXPECT_EQ(world.scheduler().next_deadline(), std::nullopt);
}

/// Serves queue q on worker q only.
class ToEachItsOwn final : public strategy::SimpleStrategy {
 public:
  double value(const View&, const strategy::Lane& lane, const strategy::Worker& worker) override {
    const bool own = lane.queue.value + 1 == worker.slots;
    return own ? 0.0 : std::numeric_limits<double>::infinity();
  }
};

TEST(SimpleStrategy, places_work_with_a_worker_that_wants_it) {
  World world({}, std::make_unique<ToEachItsOwn>());
  world.open({.session = 0});
  world.join({.worker = 0, .queues = {0, 1}, .slots = 1});
  world.join({.worker = 1, .queues = {0, 1}, .slots = 2});
  world.hush();
  world.submit({.count = 1, .queue = 1});
  EXPECT_THAT(world.said(), ElementsAre("acknowledge s0 through 1", "assign s0#1 to w1"));
}

/// The example this project began with: jobs that need states 1 2 1 2 1 2, one worker, a load takes
/// 5 s and a job 10 ms.
std::pair<std::uint64_t, TimePoint> run_six_jobs(std::string_view strategy) {
  World world({}, strategy);
  world.open({.session = 0, .receipts = false});
  for (const std::uint32_t state : {1u, 2u, 1u, 2u, 1u, 2u}) world.submit({.state = state});
  world.join({.worker = 0});
  StateId held;
  while (world.counters().jobs.running > 0) {
    const std::string job = world.said().back();
    const std::uint64_t number = std::stoull(job.substr(job.find('#') + 1));
    const StateId needed{number % 2 == 1 ? 1u : 2u};
    const Duration load = needed == held ? seconds(0) : seconds(5);
    held = needed;
    world.wait(load + milliseconds(10));
    world.finish({.worker = 0, .job = number, .delivered = true});
  }
  EXPECT_EQ(world.counters().jobs.finished, 6u);
  return {world.scheduler().switches(), world.now()};
}

TEST(SixJobs, switch_six_times_in_the_order_of_arrival) {
  EXPECT_EQ(run_six_jobs("oldest"), std::pair(std::uint64_t{6}, TimePoint(milliseconds(30'060))));
}

TEST(SixJobs, switch_twice_when_grouped_by_state) {
  EXPECT_EQ(run_six_jobs("groups-by-state"),
            std::pair(std::uint64_t{2}, TimePoint(milliseconds(10'060))));
}

}  // namespace
}  // namespace steelyard::core
