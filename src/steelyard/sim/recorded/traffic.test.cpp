#include "steelyard/sim/recorded/traffic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/sim/world.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::sim {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

constexpr SessionId kSession{0};
constexpr WorkerId kWorker{0};
constexpr WorkerId kOther{1};
constexpr StateId kGerman{0};
constexpr StateId kFrench{1};
constexpr std::array kQueues{QueueId{0}};

TimePoint at(double seconds_since_begun) {
  return TimePoint(seconds(1'000)) + from_seconds(seconds_since_begun);
}

/// A recording that is told step by step.
struct Told {
  trace::Preface preface;
  RecordedTraffic traffic{preface};
  trace::Names names{{"q"}, {"german", "french"}, {"ann", "bob"}, {"gpu"}};
  std::uint64_t submitted = 0;

  void step(double time_s, const core::Event& event, core::Actions decisions = {}) {
    traffic.take({at(time_s), event, 0, std::move(decisions)});
  }
  void join(double time_s, WorkerId worker, std::uint32_t slots = 1) {
    core::WorkerProfile profile;
    profile.queues = kQueues;
    profile.slots = slots;
    step(time_s, core::WorkerJoined{worker, {}, profile});
  }
  /// Returns the number of the first one.
  std::uint64_t submit(double time_s, std::uint32_t count = 1, StateId state = {},
                       core::Actions decisions = {}) {
    core::JobsSubmitted event;
    event.session = kSession;
    event.first_sequence = submitted + 1;
    event.count = count;
    event.queue = QueueId{0};
    event.state = state;
    step(time_s, event, std::move(decisions));
    submitted += count;
    return event.first_sequence;
  }
  void assign(double time_s, std::uint64_t sequence, bool loads = false) {
    core::Assign assign;
    assign.lease = {static_cast<std::uint32_t>(sequence), 1};
    assign.session = kSession;
    assign.sequence = sequence;
    assign.loads = loads;
    step(time_s, core::TimePassed{}, {assign});
  }
  void finish(double time_s, std::uint64_t sequence, const core::AttemptReport& report) {
    const Lease lease{static_cast<std::uint32_t>(sequence), 1};
    step(time_s, core::JobFinished{kWorker, lease, {}, report, true});
  }
  /// One job that ran for so long when it was alone.
  void run(double time_s, double run_s, StateId state = {}, bool loads = false) {
    const std::uint64_t sequence = submit(time_s, 1, state);
    assign(time_s, sequence, loads);
    finish(time_s + run_s, sequence, {.run_time = from_seconds(run_s)});
  }

  Scenario scenario() {
    const auto finished = traffic.finish(names);
    EXPECT_TRUE(finished);
    return traffic.scenario({});
  }
  std::vector<double> run_times_s() {
    const Scenario made = scenario();
    std::vector<double> all;
    while (const auto job = made.arrivals->next()) all.push_back(in_seconds(job->run_time));
    return all;
  }
};

TEST(RecordedTraffic, has_each_job_with_its_time_and_what_it_needs) {
  Told told;
  told.join(0, kWorker);
  core::JobsSubmitted event;
  const std::array tags{TagId{0}};
  event.session = kSession;
  event.first_sequence = 1;
  event.count = 2;
  event.queue = QueueId{0};
  event.state = kFrench;
  event.tenant = TenantId{1};
  event.priority = -3;
  event.tags = tags;
  event.start_by = at(17);
  told.step(5, event);
  told.step(6.5, core::SessionBeat{kSession});
  event.first_sequence = 3;
  event.tags = {};
  told.step(7, event);
  const Scenario scenario = told.scenario();
  EXPECT_EQ(scenario.jobs, 4U);
  EXPECT_THAT(scenario.tenants, ElementsAre("ann", "bob"));
  EXPECT_EQ(scenario.states.at(1).name, "french");
  const Arrival first = scenario.arrivals->next().value();
  EXPECT_EQ(first.time, TimePoint());
  EXPECT_EQ(first.state, kFrench);
  EXPECT_EQ(first.tenant, TenantId{1});
  EXPECT_EQ(first.priority, -3);
  EXPECT_THAT(first.tags, ElementsAre(TagId{0}));
  EXPECT_EQ(first.start_by, TimePoint(seconds(12)));
  EXPECT_EQ(scenario.arrivals->next()->time, TimePoint());
  const Arrival third = scenario.arrivals->next().value();
  EXPECT_EQ(third.time, TimePoint(seconds(2)));
  EXPECT_THAT(third.tags, ElementsAre());
}

TEST(RecordedTraffic, lets_a_job_run_as_long_as_its_worker_said) {
  Told told;
  told.join(0, kWorker);
  told.run(1, 0.5);
  told.run(2, 1.5);
  told.submit(4);  // never run: as others of its queue
  EXPECT_THAT(told.run_times_s(), ElementsAre(0.5, 1.5, 1));
  EXPECT_EQ(told.traffic.facts().guessed, 1U);
  EXPECT_EQ(told.traffic.facts().span, seconds(3));
}

TEST(RecordedTraffic, takes_the_time_of_a_load_from_the_workers) {
  Told told;
  told.join(0, kWorker);
  told.submit(0, 1, kGerman);
  told.assign(0, 1, true);
  told.finish(5, 1, {.run_time = seconds(1), .load_time = seconds(4)});
  told.step(6, core::StateLoaded{kWorker, kFrench, seconds(7), 0, false});
  const Scenario scenario = told.scenario();
  EXPECT_EQ(scenario.states[0].load_time, seconds(4));
  EXPECT_EQ(scenario.states[1].load_time, seconds(7));
  EXPECT_EQ(scenario.arrivals->next()->run_time, seconds(1));
  EXPECT_TRUE(told.traffic.facts().loads_told);
  EXPECT_EQ(told.traffic.facts().loads, 1U);
  EXPECT_EQ(told.traffic.facts().waits.max(), seconds(4));
}

TEST(RecordedTraffic, takes_it_from_how_much_longer_attempts_ran_when_workers_do_not_say) {
  Told told;
  told.join(0, kWorker);
  told.run(1, 5.5, kGerman, true);
  told.run(10, 0.5, kGerman);
  told.run(20, 0.5, kGerman);
  told.run(30, 4.5, kFrench, true);  // nothing to compare it with
  EXPECT_THAT(told.run_times_s(), ElementsAre(0.5, 0.5, 0.5, 4.5));
  EXPECT_EQ(told.traffic.scenario({}).states[0].load_time, seconds(5));
  EXPECT_EQ(told.traffic.scenario({}).states[1].load_time, Duration());
  EXPECT_FALSE(told.traffic.facts().loads_told);
}

TEST(RecordedTraffic, leaves_out_what_was_refused_repeated_cancelled_or_given_up) {
  Told told;
  told.join(0, kWorker);
  told.submit(1, 4, {}, {core::Reject{kSession, 2, 2, ErrorCode::QueueFull, 1}});
  told.submitted = 0;
  told.submit(2, 5);  // only the last one is new
  told.step(3, core::CancelRequested{kSession, 0, kSession, 4});
  told.assign(3, 1);
  told.finish(4, 1, {.run_time = seconds(1)});
  told.step(5, core::SessionClosed{kSession}, {core::ForgetSession{kSession}});
  told.submitted = 0;
  told.run(6, 2);  // of another session in its place
  EXPECT_THAT(told.run_times_s(), ElementsAre(1, 2));
  EXPECT_EQ(told.traffic.facts().left_out, 2U);
}

TEST(RecordedTraffic, keeps_a_job_whose_worker_gave_its_result_and_was_lost) {
  Told told;
  told.join(0, kWorker);
  told.run(1, 2);
  told.submit(3);
  told.assign(3, 2);
  told.step(4, core::ResultsReceived{kSession, 2, 1, 1});
  told.step(5, core::WorkerLeft{kWorker});
  told.step(6, core::SessionClosed{kSession}, {core::ForgetSession{kSession}});
  EXPECT_THAT(told.run_times_s(), ElementsAre(2, 2));
  EXPECT_EQ(told.traffic.facts().left_out, 0U);
}

TEST(RecordedTraffic, has_the_workers_as_they_came_and_went) {
  Told told;
  told.join(0, kWorker, 3);
  told.join(2, kOther);
  told.run(2, 1);
  told.step(4, core::WorkerBeat{kOther, {}, 0});
  told.step(9, core::TimePassed{}, {core::DeclareLost{kOther}});
  told.join(10, kOther, 2);
  told.step(11, core::WorkerDrainRequested{kWorker}, {core::Dismiss{kWorker}});
  told.run(12, 1);
  told.step(14, core::WorkerLeft{kOther});  // nothing was left to do
  const Scenario scenario = told.scenario();
  std::vector<std::pair<CrewChange::Kind, Duration>> changes;
  for (const CrewChange& change : scenario.crew->changes) {
    changes.emplace_back(change.kind, change.time.time_since_epoch());
  }
  using Kind = CrewChange::Kind;
  EXPECT_THAT(
      changes,
      ElementsAre(std::pair(Kind::Joins, seconds(0)), std::pair(Kind::Joins, seconds(0)),
                  std::pair(Kind::FallsSilent, seconds(2)), std::pair(Kind::Leaves, seconds(7)),
                  std::pair(Kind::Joins, seconds(8)), std::pair(Kind::Drains, seconds(9))));
  EXPECT_EQ(scenario.workers, 5U);
  EXPECT_EQ(told.traffic.facts().workers, 2U);
  EXPECT_EQ(scenario.crew->offers.at(2).profile.slots, 2U);
}

TEST(RecordedTraffic, says_when_there_is_nothing_to_try) {
  Told idle;
  idle.join(0, kWorker);
  EXPECT_EQ(idle.traffic.finish(idle.names).error().context, "no job was recorded");
  Told alone;
  alone.submit(1);
  EXPECT_EQ(alone.traffic.finish(alone.names).error().context, "no worker was recorded");
}

Measures tried(Told& told, std::string_view strategy) {
  World world(told.scenario(), std::move(*strategy::Registry().make(strategy)));
  return world.run();
}

TEST(RecordedTraffic, runs_as_many_jobs_at_once_as_there_are_slots) {
  Told told;
  told.join(0, kWorker, 2);
  told.submit(1, 4);
  for (const std::uint64_t job : {1U, 2U, 3U, 4U}) {
    told.assign(1, job);
    told.finish(2, job, {.run_time = seconds(1)});
  }
  const Measures measures = tried(told, "oldest");
  EXPECT_EQ(measures.finished, 4U);
  EXPECT_EQ(measures.makespan, seconds(2));
  EXPECT_EQ(measures.waits.max(), seconds(1));
}

TEST(RecordedTraffic, makes_a_job_wait_for_the_load_that_another_began) {
  Told told;
  told.join(0, kWorker, 2);
  told.submit(1, 2, kGerman);
  told.assign(1, 1, true);
  told.finish(6, 1, {.run_time = seconds(1), .load_time = seconds(4)});
  told.assign(1, 2);
  told.finish(6, 2, {.run_time = seconds(1)});
  const Measures measures = tried(told, "least-loaded");
  EXPECT_EQ(measures.switches, 1U);
  EXPECT_EQ(measures.makespan, seconds(5));
  EXPECT_EQ(measures.waits.mean_s(), 4);
}

TEST(RecordedTraffic, loses_workers_and_does_their_jobs_again) {
  Told told;
  told.join(0, kWorker);
  told.submit(1);
  told.assign(1, 1);
  told.step(2, core::WorkerBeat{kWorker, {}, 0});
  told.step(7, core::TimePassed{}, {core::DeclareLost{kWorker}});
  told.join(10, kOther);
  told.assign(10, 1);
  told.finish(13, 1, {.run_time = seconds(3)});
  const Measures measures = tried(told, "oldest");
  EXPECT_EQ(measures.decisions, 2U);
  EXPECT_EQ(measures.finished, 1U);
  EXPECT_EQ(measures.makespan, seconds(12));
}

TEST(RecordedTraffic, lets_a_drained_worker_finish_what_it_has) {
  Told told;
  told.join(0, kWorker);
  told.submit(1, 2);
  told.assign(1, 1);
  told.step(1.5, core::WorkerDrainRequested{kWorker});
  told.finish(3, 1, {.run_time = seconds(2)});
  told.join(4, kWorker);
  told.assign(4, 2);
  told.finish(6, 2, {.run_time = seconds(2)});
  const Measures measures = tried(told, "oldest");
  EXPECT_EQ(measures.finished, 2U);
  EXPECT_EQ(measures.decisions, 2U);
  EXPECT_EQ(measures.makespan, seconds(5));
}

}  // namespace
}  // namespace steelyard::sim
