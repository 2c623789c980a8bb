#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// Results on their way from worker to client, past the broker.
namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<std::string> payloads(int count) {
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) made.push_back("p" + std::to_string(i));
  return made;
}

/// Jobs that were answered, and that no job was answered twice.
std::set<std::uint64_t> answered_once(const WireWorld::TestClient& client) {
  std::set<std::uint64_t> numbers;
  for (const Answer& answer : client.answers) {
    EXPECT_TRUE(numbers.insert(answer.sequence).second) << "answered twice: " << answer.sequence;
  }
  return numbers;
}

TEST(DirectResults, follow_the_first_ones_and_are_received) {
  WireWorld world;
  world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  world.settle();
  world.submit(client, {"q"}, payloads(20));
  world.pass(milliseconds(50));
  EXPECT_EQ(answered_once(client).size(), 20u);
  EXPECT_GE(client.session->direct(), 15u);
  EXPECT_EQ(world.jobs().finished, 20u);
  EXPECT_EQ(world.port().scheduler().returns().direct, client.session->direct());
}

TEST(DirectResults, are_not_wanted_where_the_job_says_so) {
  WireWorld world;
  world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  world.submit(client, {"q", "", "", 0, false, true}, payloads(20));
  world.pass(milliseconds(50));
  EXPECT_EQ(answered_once(client).size(), 20u);
  EXPECT_EQ(client.session->direct(), 0u);
}

TEST(DirectResults, carry_errors_too) {
  WireWorld world;
  auto& worker = world.add_worker({"q"}, 10);
  worker.runs = false;
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, payloads(10));
  world.settle();
  while (auto job = worker.session->take()) {
    world.finish(worker, *job, {kDoneFailed, "no: " + std::string(job->payload), {}, {}});
    world.settle();
  }
  world.pass(milliseconds(50));
  ASSERT_EQ(client.answers.size(), 10u);
  EXPECT_EQ(client.answers[9], (Answer{10, ErrorCode::WorkFailed, "no: p9"}));
  EXPECT_GT(client.session->direct(), 0u);
  EXPECT_EQ(world.jobs().failed, 10u);
}

TEST(DirectResults, go_through_the_broker_when_the_client_cannot_be_reached) {
  WireWorld world;
  world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  client.is_reachable = false;
  for (int i = 0; i < 10; ++i) {
    world.submit(client, {"q"}, payloads(5));
    world.pass(milliseconds(100));
  }
  EXPECT_EQ(answered_once(client).size(), 50u);
  EXPECT_EQ(client.session->direct(), 0u);
  EXPECT_EQ(world.port().scheduler().returns().through_broker, 50u);
}

TEST(DirectResults, that_are_large_wait_a_moment_for_their_link) {
  WireWorld world;
  world.add_worker({"q"});
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, {std::string(100'000, 'x')});
  world.pass(milliseconds(50));
  EXPECT_EQ(answered_once(client).size(), 1u);
  EXPECT_EQ(client.session->direct(), 1u);

  client.is_reachable = false;
  auto& hidden = world.add_direct_client();
  hidden.is_reachable = false;
  world.submit(hidden, {"q"}, {std::string(100'000, 'x')});
  world.pass(milliseconds(400));
  EXPECT_EQ(answered_once(hidden).size(), 1u);
  EXPECT_EQ(world.port().scheduler().returns().fetched, 1u);
}

TEST(DirectResults, are_fetched_when_they_do_not_arrive) {
  WireWorld world;
  world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, payloads(10));
  world.pass(milliseconds(50));
  client.is_reachable = false;  // what is sent on the link gets lost
  world.submit(client, {"q"}, payloads(3));
  world.pass(seconds(4));
  EXPECT_EQ(client.answers.size(), 10u);
  world.pass(seconds(2));
  EXPECT_EQ(answered_once(client).size(), 13u);
  EXPECT_EQ(world.port().scheduler().returns().fetched, 3u);
  EXPECT_EQ(world.jobs().finished, 13u);
}

TEST(DirectResults, are_made_again_when_their_worker_dies_before_they_left) {
  WireWorld world;
  auto& worker = world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, payloads(10));
  world.pass(milliseconds(50));
  client.is_reachable = false;
  world.submit(client, {"q"}, {"last"});
  world.settle();  // the notice is with the broker, the result is nowhere
  EXPECT_EQ(world.jobs().returning, 1u);
  world.kill(worker);
  client.is_reachable = true;
  world.add_worker({"q"});
  world.pass(seconds(6));
  EXPECT_EQ(answered_once(client).size(), 11u);
  EXPECT_EQ(client.answers.back().text, "done:last");
  EXPECT_EQ(world.jobs().finished, 11u);
}

TEST(DirectResults, arrive_although_the_broker_died_after_the_assignment) {
  WireWorld world;
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, {"only"});
  world.settle();
  auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.kill_broker();
  world.finish(worker, *job, {kDoneFinished, "done", milliseconds(1), {}});
  world.pass(milliseconds(100));
  EXPECT_EQ(client.answers, (std::vector<Answer>{{1, {}, "done"}}));
  world.restart_broker(8);
  world.pass(seconds(3));
  EXPECT_EQ(answered_once(client).size(), 1u);
  EXPECT_EQ(world.jobs().accepted, 0u);
}

TEST(DirectResults, sent_through_a_broker_that_died_with_them_go_directly) {
  WireWorld world;
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, {"only"});
  world.settle();
  auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.finish(worker, *job, {kDoneFinished, "done", milliseconds(1), {}});
  ASSERT_TRUE(worker.session->next_message(world.now()));  // handed over, and lost with the broker
  world.kill_broker();
  world.pass(seconds(7));
  EXPECT_EQ(client.answers, (std::vector<Answer>{{1, {}, "done"}}));
}

TEST(DirectResults, survive_a_cut_between_worker_and_broker) {
  WireWorld world;
  auto& worker = world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, payloads(10));
  world.pass(milliseconds(50));
  worker.runs = false;
  world.submit(client, {"q"}, {"last"});
  world.settle();
  auto job = worker.session->take();
  ASSERT_TRUE(job);
  client.is_reachable = false;
  world.finish(worker, *job, {kDoneFinished, "done", milliseconds(1), {}});
  while (worker.session->returns().next_message()) {
  }
  ASSERT_TRUE(worker.session->next_message(world.now()));  // the notice is lost
  world.cut(worker);
  world.pass(seconds(12));
  EXPECT_EQ(answered_once(client).size(), 11u);
  EXPECT_EQ(world.attempts().lost, 0u);
  EXPECT_EQ(world.port().scheduler().returns().fetched, 1u);
}

TEST(DirectResults, do_not_keep_a_drained_worker_once_they_are_received) {
  WireWorld world;
  auto& worker = world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  world.submit(client, {"q"}, payloads(10));
  world.settle();
  worker.session->leave();
  world.pass(milliseconds(50));
  EXPECT_TRUE(worker.session->dismissed());
  EXPECT_EQ(world.jobs().finished, 10u);
}

class DirectLink : public testing::Test {
 protected:
  DirectLink() : client_(world_.add_direct_client()) {
    world_.add_worker({"q"}, 4);
    world_.submit(client_, {"q"}, payloads(1));
    world_.settle();
  }
  std::optional<std::string> say(const std::string& bytes) {
    return client_.session->receive_direct(bytes, world_.now());
  }
  WireWorld world_;
  WireWorld::TestClient& client_;
};

TEST_F(DirectLink, takes_nothing_from_strangers) {
  wire::LinkHello hello;
  hello.set_link_id(4711);
  EXPECT_FALSE(say(wire::encode(hello)));
  EXPECT_FALSE(say("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(say(wire::encode(wire::Beat())));
  wire::Results forged;
  forged.set_secret("sixteen letters.");
  forged.add_sequences(1);
  forged.add_attempts(1);
  forged.add_waited_us(0);
  forged.add_run_us(0);
  forged.mutable_lengths()->set_count(1);
  forged.mutable_lengths()->set_equal(4);
  EXPECT_FALSE(say(wire::encode(forged, "evil")));
  EXPECT_EQ(client_.session->forged(), 4u);
  EXPECT_EQ(client_.answers.size(), 1u);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
