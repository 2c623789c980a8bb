#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// What is said about states, tags and pins between clients, broker and workers.
namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WorkerSession::Options roomy(std::uint32_t max_states = 2) {
  WorkerSession::Options options;
  options.queues = {"q"};
  options.max_states = max_states;
  return options;
}

class States : public testing::Test {
 protected:
  States() : client_(world_.add_client()) {}

  WireWorld::TestWorker& add(const WorkerSession::Options& options) {
    WireWorld::TestWorker& worker = world_.add_worker_with(options);
    worker.runs = false;
    world_.pass(milliseconds(20));
    return worker;
  }
  void submit(const std::string& state) {
    world_.submit(client_, {.queue = "q", .state = state}, {state});
    world_.pass(milliseconds(20));
  }
  AssignedJob take(WireWorld::TestWorker& worker) {
    auto job = worker.session->take();
    EXPECT_TRUE(job);
    return job.value_or(AssignedJob{});
  }
  void finish(WireWorld::TestWorker& worker, const AssignedJob& job, StateReport states = {}) {
    JobReport report = WireWorld::done(job);
    report.states = std::move(states);
    world_.finish(worker, job, std::move(report));
    world_.pass(milliseconds(20));
  }
  /// A job for a state, from its submission to its answer.
  AssignedJob run(WireWorld::TestWorker& worker, const std::string& state,
                  StateReport states = {}) {
    submit(state);
    AssignedJob job = take(worker);
    finish(worker, job, std::move(states));
    return job;
  }
  const strategy::Worker& info(std::uint32_t worker = 0) {
    return world_.port().scheduler().workers().info(WorkerId{worker});
  }
  PinStatus pin(std::uint32_t workers, const std::string& queue = "") {
    client_.session->pin(++requests_, {"m1", workers, queue});
    world_.pass(milliseconds(20));
    return client_.pinned.empty() ? PinStatus{} : client_.pinned.back();
  }

  WireWorld world_;
  WireWorld::TestClient& client_;
  std::uint64_t requests_ = 0;
};

TEST_F(States, a_worker_is_told_what_to_let_go_of_before_the_job_that_needs_room) {
  auto& worker = add(roomy());
  EXPECT_THAT(run(worker, "m1").evict, IsEmpty());
  EXPECT_THAT(run(worker, "m2").evict, IsEmpty());
  EXPECT_THAT(run(worker, "m1").evict, IsEmpty());
  EXPECT_EQ(run(worker, "m3").evict.size(), 1u);
  EXPECT_EQ(info().held.size(), 2u);
  EXPECT_EQ(world_.port().scheduler().evictions(), 1u);
}

TEST_F(States, what_a_job_that_is_handed_back_was_to_make_room_for_goes_with_the_next) {
  auto& worker = add(roomy(1));
  run(worker, "m1");
  submit("m2");
  worker.session->hand_back();
  world_.pass(milliseconds(20));
  // The beat makes it free for work again.
  world_.pass(milliseconds(1500));
  EXPECT_THAT(take(worker).evict, ElementsAre("m1"));
}

TEST_F(States, load_times_sizes_and_failures_reach_the_scheduler) {
  auto& worker = add(roomy());
  run(worker, "m1", {.load_time = seconds(2), .bytes = 700});
  const core::Scheduler& scheduler = world_.port().scheduler();
  const StateId state = info().held.at(0).state;
  EXPECT_EQ(scheduler.estimates().load(state, PoolId::none()).mean_s, 2.0);
  EXPECT_EQ(scheduler.view().state(state).bytes, 700u);
  run(worker, "m2", {.load_failed = true});
  EXPECT_EQ(scheduler.failed_loads(), 1u);
  EXPECT_EQ(info().held.size(), 1u);
}

TEST_F(States, one_message_tells_of_jobs_that_loaded_something_and_others) {
  WorkerSession::Options options = roomy();
  options.slots = 3;
  auto& worker = add(options);
  world_.submit(client_, {.queue = "q"}, {"a"});
  world_.submit(client_, {.queue = "q", .state = "m1"}, {"b"});
  world_.submit(client_, {.queue = "q"}, {"c"});
  world_.pass(milliseconds(20));
  for (int i = 0; i < 3; ++i) {
    const AssignedJob job = take(worker);
    JobReport report = WireWorld::done(job);
    if (job.payload == "b") report.states = {.load_time = seconds(1), .bytes = 8};
    world_.finish(worker, job, std::move(report));
  }
  world_.pass(milliseconds(20));
  EXPECT_EQ(client_.answers.size(), 3u);
  const core::Scheduler& scheduler = world_.port().scheduler();
  EXPECT_EQ(scheduler.estimates().load(info().held.at(0).state, PoolId::none()).mean_s, 1.0);
  EXPECT_EQ(world_.port().malformed(), 0u);
}

TEST_F(States, a_worker_that_holds_something_else_says_so) {
  auto& worker = add(roomy());
  run(worker, "m1");
  run(worker, "m2", {.holds = {{"m2", "m9"}}});
  EXPECT_EQ(info().held.size(), 2u);
  EXPECT_THAT(run(worker, "m9", {.holds = {{"m9"}}}).evict, IsEmpty());
  EXPECT_EQ(info().held.size(), 1u);
}

TEST_F(States, jobs_go_to_workers_that_carry_their_tags) {
  auto& plain = add(roomy());
  WorkerSession::Options tagged = roomy();
  tagged.tags = {"gpu", "big"};
  auto& worker = add(tagged);
  world_.submit(client_, {.queue = "q", .tags = {"big", "gpu"}}, {"x"});
  world_.pass(milliseconds(20));
  EXPECT_FALSE(plain.session->take());
  EXPECT_TRUE(worker.session->take());
}

TEST_F(States, what_is_no_tag_and_too_many_of_them_are_refused) {
  world_.submit(client_, {.queue = "q", .tags = {"no good"}}, {"x"});
  world_.submit(client_, {.queue = "q", .tags = std::vector<std::string>(17, "t")}, {"x"});
  world_.pass(milliseconds(20));
  ASSERT_EQ(client_.answers.size(), 2u);
  EXPECT_EQ(client_.answers[0].code, ErrorCode::InvalidName);
  EXPECT_EQ(client_.answers[1].code, ErrorCode::InvalidArgument);
  WorkerSession::Options greedy = roomy(1025);
  EXPECT_THAT(add(greedy).session->conversation().refusal().context, HasSubstr("1 to 1024 states"));
}

TEST_F(States, a_state_that_is_too_large_is_refused_with_the_largest_room) {
  WorkerSession::Options small = roomy();
  small.state_memory_bytes = 1'000;
  add(small);
  world_.submit(client_, {.queue = "q", .state = "m1", .state_bytes = 2'000}, {"x"});
  world_.pass(milliseconds(20));
  ASSERT_EQ(client_.answers.size(), 1u);
  EXPECT_EQ(client_.answers[0].code, ErrorCode::StateTooLarge);
  EXPECT_EQ(client_.answers[0].text,
            "no worker that may run it has room for state 'm1' (2000 bytes); the largest has 1000 "
            "bytes");
}

TEST_F(States, a_pin_has_states_loaded_ahead_of_jobs) {
  auto& worker = add(roomy());
  add(roomy());
  EXPECT_EQ(pin(2), (PinStatus{0, 2}));
  const auto preload = worker.session->take_preload();
  ASSERT_TRUE(preload);
  EXPECT_EQ(preload->state, "m1");
  worker.session->finish(*preload, {.load_time = seconds(3), .bytes = 5});
  world_.pass(milliseconds(20));
  EXPECT_EQ(pin(2), (PinStatus{1, 1}));
  EXPECT_EQ(pin(0), (PinStatus{0, 0}));
  EXPECT_EQ(info().held.at(0).pinned, false);
}

TEST_F(States, a_load_ahead_of_jobs_says_what_to_let_go_of) {
  auto& worker = add(roomy(1));
  run(worker, "m7");
  pin(1, "q");
  const auto preload = worker.session->take_preload();
  ASSERT_TRUE(preload);
  EXPECT_EQ(preload->queue, "q");
  EXPECT_THAT(preload->evict, ElementsAre("m7"));
}

TEST_F(States, a_pin_that_could_not_be_loaded_is_tried_elsewhere_or_later) {
  auto& worker = add(roomy());
  pin(1);
  const auto preload = worker.session->take_preload();
  ASSERT_TRUE(preload);
  worker.session->finish(*preload, {.failed = true});
  world_.pass(milliseconds(20));
  EXPECT_EQ(pin(1), (PinStatus{0, 0}));
  world_.pass(milliseconds(1500));
  EXPECT_TRUE(worker.session->has_preload());
  EXPECT_EQ(pin(1), (PinStatus{0, 1}));
}

TEST_F(States, a_load_that_a_cut_connection_lost_is_asked_for_again) {
  auto& worker = add(roomy());
  pin(1);
  ASSERT_TRUE(worker.session->take_preload());
  world_.cut(worker);
  world_.pass(seconds(8), milliseconds(50));
  EXPECT_TRUE(worker.session->has_preload());
}

TEST_F(States, a_pin_of_what_is_no_name_is_refused) {
  client_.session->pin(1, {"no good", 1, ""});
  world_.pass(milliseconds(20));
  ASSERT_EQ(client_.reports.size(), 1u);
  EXPECT_EQ(client_.reports[0].error().code, ErrorCode::InvalidName);
}

TEST_F(States, the_machines_load_rides_on_beats) {
  auto& worker = add(roomy());
  worker.session->note_machine_load(7);
  world_.pass(milliseconds(1500));
  EXPECT_EQ(info().machine_load, 7);
}

TEST(UserWeights, reach_the_scheduler_at_the_start) {
  BrokerPort::Options options = test_port_options();
  options.user_weights = {{"ann", 2.5}};
  WireWorld world(options);
  EXPECT_EQ(world.port().scheduler().shares().weight(TenantId{0}), 2.5);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
