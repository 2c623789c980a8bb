#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// What strangers and peers that do not keep to the protocol are told.
namespace steelyard::zmq_runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

template <class Message>
Message only(const std::vector<std::string>& heard) {
  EXPECT_THAT(heard, SizeIs(1));
  Message message;
  const auto envelope = wire::open(heard.at(0));
  EXPECT_TRUE(envelope);
  EXPECT_EQ(envelope->kind, wire::kKindOf<Message>);
  EXPECT_TRUE(wire::read(*envelope, message));
  return message;
}

wire::Hello client_hello(std::uint64_t key = 99) {
  wire::Hello hello;
  hello.set_role(wire::ROLE_CLIENT);
  hello.set_key(key);
  return hello;
}

wire::Hello worker_hello() {
  wire::Hello hello;
  hello.set_role(wire::ROLE_WORKER);
  hello.set_key(77);
  hello.mutable_worker()->add_queues("q");
  hello.mutable_worker()->set_slots(1);
  hello.mutable_worker()->set_weight(1);
  return hello;
}

TEST(BrokerPort, tells_a_stranger_to_greet) {
  WireWorld world;
  only<wire::HelloRequired>(world.say("x", wire::encode(wire::Beat())));
}

TEST(BrokerPort, welcomes_with_its_limits) {
  WireWorld world;
  const auto welcome = only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
  EXPECT_FALSE(welcome.resumed());
  EXPECT_EQ(welcome.incarnation(), 7u);
  EXPECT_EQ(welcome.limits().max_payload_bytes(), 1u << 20);
}

TEST(BrokerPort, answers_what_is_not_its_protocol) {
  WireWorld world;
  const auto fault = only<wire::Fault>(world.say("x", "GET / HTTP/1.1\r\n"));
  EXPECT_EQ(fault.code(), "malformed");
  EXPECT_EQ(world.port().malformed(), 1u);
}

TEST(BrokerPort, answers_another_version_naming_both) {
  WireWorld world;
  std::string hello = wire::encode(client_hello());
  hello[2] = 2;
  const auto fault = only<wire::Fault>(world.say("x", hello));
  EXPECT_EQ(fault.code(), "version_mismatch");
  EXPECT_THAT(fault.text(), HasSubstr("version 1 is spoken here"));
}

TEST(BrokerPort, refuses_a_hello_without_role_or_key) {
  WireWorld world;
  EXPECT_EQ(only<wire::Refused>(world.say("x", wire::encode(wire::Hello()))).code(), "malformed");
  EXPECT_EQ(world.port().refused(), 1u);
}

TEST(BrokerPort, refuses_a_worker_with_impossible_values) {
  for (const double weight : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    WireWorld world;
    wire::Hello hello = worker_hello();
    hello.mutable_worker()->set_weight(weight);
    EXPECT_EQ(only<wire::Refused>(world.say("x", wire::encode(hello))).code(), "invalid_argument");
  }
  WireWorld world;
  wire::Hello hello = worker_hello();
  hello.mutable_worker()->set_slots(1'000'000);
  EXPECT_THAT(only<wire::Refused>(world.say("x", wire::encode(hello))).text(), HasSubstr("1024"));
}

TEST(BrokerPort, a_message_of_the_wrong_role_is_a_fault) {
  WireWorld world;
  only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
  EXPECT_THAT(only<wire::Fault>(world.say("x", wire::encode(wire::Done()))).text(),
              HasSubstr("a client does not send"));
}

TEST(BrokerPort, an_unknown_kind_is_a_fault) {
  WireWorld world;
  only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
  std::string message = wire::encode(wire::Beat());
  message[3] = 99;
  EXPECT_THAT(only<wire::Fault>(world.say("x", message)).text(), HasSubstr("kind 99"));
}

TEST(BrokerPort, a_submission_whose_payloads_are_missing_is_a_fault_and_changes_nothing) {
  WireWorld world;
  only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
  wire::Submit submit;
  auto* run = submit.add_runs();
  run->set_first_sequence(1);
  run->set_queue("q");
  run->mutable_lengths()->set_count(3);
  run->mutable_lengths()->set_equal(100);
  EXPECT_EQ(only<wire::Fault>(world.say("x", wire::encode(submit, "short"))).code(), "malformed");
  EXPECT_EQ(world.jobs().accepted, 0u);
}

TEST(BrokerPort, a_sequence_of_zero_or_near_the_end_of_numbers_is_a_fault) {
  for (const std::uint64_t first : {std::uint64_t{0}, ~std::uint64_t{0}, kMaxSequence}) {
    WireWorld world;
    only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
    wire::Submit submit;
    auto* run = submit.add_runs();
    run->set_first_sequence(first);
    run->set_queue("q");
    run->mutable_lengths()->set_count(1);
    EXPECT_EQ(only<wire::Fault>(world.say("x", wire::encode(submit))).code(), "malformed");
  }
}

TEST(BrokerPort, a_forged_done_notice_is_called_stale) {
  WireWorld world;
  only<wire::Welcome>(world.say("x", wire::encode(worker_hello())));
  wire::Done done;
  done.add_leases(12345);
  done.add_run_us(1);
  done.mutable_lengths()->set_count(1);
  const auto stale = only<wire::Stale>(world.say("x", wire::encode(done)));
  EXPECT_EQ(stale.leases(0), 12345u);
  EXPECT_EQ(world.port().scheduler().stale_reports(), 1u);
}

TEST(BrokerPort, a_connection_keeps_its_key) {
  WireWorld world;
  only<wire::Welcome>(world.say("x", wire::encode(client_hello(1))));
  EXPECT_EQ(only<wire::Fault>(world.say("x", wire::encode(client_hello(2)))).code(), "malformed");
  EXPECT_EQ(only<wire::Fault>(world.say("x", wire::encode(worker_hello()))).code(), "malformed");
}

TEST(BrokerPort, one_session_too_many_is_refused_with_the_limit) {
  BrokerPort::Options options = test_port_options();
  options.limits.max_sessions = 1;
  WireWorld world(options);
  only<wire::Welcome>(world.say("x", wire::encode(client_hello(1))));
  const auto refused = only<wire::Refused>(world.say("y", wire::encode(client_hello(2))));
  EXPECT_EQ(refused.code(), "too_many_sessions");
  EXPECT_THAT(refused.text(), HasSubstr("max_sessions = 1"));
}

TEST(BrokerPort, payloads_beyond_the_memory_budget_are_refused_by_name) {
  BrokerPort::Options options = test_port_options();
  options.max_kept_bytes = 10;
  WireWorld world(options);
  only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
  wire::Submit submit;
  auto* run = submit.add_runs();
  run->set_first_sequence(1);
  run->set_queue("q");
  run->mutable_lengths()->set_count(1);
  run->mutable_lengths()->set_equal(11);
  const auto rejected = only<wire::Rejected>(world.say("x", wire::encode(submit, "eleven byte")));
  EXPECT_EQ(rejected.code(), "out_of_memory_budget");
  EXPECT_THAT(rejected.text(), HasSubstr("max_kept_bytes = 10"));
}

/// A client that has said that no more jobs come, whose job 1 has its answer.
class EndingClient : public testing::Test {
 protected:
  EndingClient() {
    world_.add_worker({"q"});
    world_.settle();
    only<wire::Welcome>(world_.say("x", wire::encode(client_hello())));
    wire::Submit submit;
    wire::SubmitRun& run = *submit.add_runs();
    run.set_first_sequence(1);
    run.mutable_lengths()->set_count(1);
    run.set_queue("q");
    world_.say("x", wire::encode(submit));
    wire::Leave leave;
    leave.set_when_done(true);
    world_.say("x", wire::encode(leave));
    world_.settle();
  }
  static void add_receipt(google::protobuf::RepeatedPtrField<wire::ReceiptRun>* receipts) {
    wire::ReceiptRun& run = *receipts->Add();
    run.set_first_sequence(1);
    run.set_count(1);
  }
  WireWorld world_;
};

TEST_F(EndingClient, may_say_twice_that_it_has_the_last_answer) {
  wire::Received received;
  for (int i = 0; i < 3; ++i) add_receipt(received.mutable_receipts());
  EXPECT_EQ(only<wire::Farewell>(world_.say("x", wire::encode(received))).reason(), "complete");
}

TEST_F(EndingClient, may_hand_in_more_with_its_last_receipt_in_vain) {
  wire::Submit submit;
  add_receipt(submit.mutable_receipts());
  wire::SubmitRun& run = *submit.add_runs();
  run.set_first_sequence(2);
  run.mutable_lengths()->set_count(1);
  run.set_queue("q");
  EXPECT_EQ(only<wire::Farewell>(world_.say("x", wire::encode(submit))).reason(), "complete");
}

/// A client that has said that no more jobs come, while its jobs 1 and 2 are queued.
class EndingClientWithQueuedJobs : public testing::TestWithParam<bool> {
 protected:
  EndingClientWithQueuedJobs() {
    only<wire::Welcome>(world_.say("x", wire::encode(client_hello())));
    wire::Submit submit;
    wire::SubmitRun& run = *submit.add_runs();
    run.set_first_sequence(1);
    run.mutable_lengths()->set_count(2);
    run.set_queue("q");
    run.set_keep(GetParam());
    world_.say("x", wire::encode(submit));
    wire::Leave leave;
    leave.set_when_done(true);
    world_.say("x", wire::encode(leave));
  }
  /// What the broker says to a client that has each of these jobs cancelled, in one message.
  std::vector<std::string> cancel(const std::vector<std::uint64_t>& sequences) {
    wire::Cancel cancel;
    for (const std::uint64_t sequence : sequences) {
      wire::JobName& job = *cancel.add_jobs();
      job.set_session(99);
      job.set_sequence(sequence);
    }
    return world_.say("x", wire::encode(cancel));
  }
  WireWorld world_;
};

/// A cancelled job is unfinished until its receipt, so that its client's session cannot end while
/// the rest of the message is heard.
TEST_P(EndingClientWithQueuedJobs, may_cancel_all_of_them_at_once_and_again) {
  for (int round = 0; round < 2; ++round) {
    const auto heard = cancel({1, 2, 1, 2, 3});
    wire::Cancelled told;
    const auto is_told = [](const std::string& bytes) {
      return wire::open(bytes)->kind == wire::Kind::Cancelled;
    };
    const auto found = std::ranges::find_if(heard, is_told);
    ASSERT_NE(found, heard.end());
    ASSERT_TRUE(wire::read(*wire::open(*found), told));
    EXPECT_THAT(told.standings(),
                ElementsAre("cancelled", "cancelled", "cancelled", "cancelled", "unknown"));
  }
  EXPECT_TRUE(world_.port().scheduler().is_open(SessionId{0}));
}

TEST_P(EndingClientWithQueuedJobs, ends_with_the_receipts_of_the_cancelled_ones) {
  cancel({1, 2});
  wire::Received received;
  wire::ReceiptRun& run = *received.add_receipts();
  run.set_first_sequence(1);
  run.set_count(2);
  EXPECT_EQ(only<wire::Farewell>(world_.say("x", wire::encode(received))).reason(), "complete");
}

INSTANTIATE_TEST_SUITE_P(KeptOrNot, EndingClientWithQueuedJobs, testing::Bool());

TEST(BrokerPort, numbers_of_refused_jobs_are_spent) {
  WireWorld world;
  only<wire::Welcome>(world.say("x", wire::encode(client_hello())));
  wire::Submit submit;
  wire::SubmitRun& run = *submit.add_runs();
  run.set_first_sequence(5);
  run.mutable_lengths()->set_count(2);
  run.set_queue("-wrong");
  EXPECT_EQ(only<wire::Rejected>(world.say("x", wire::encode(submit))).code(), "invalid_name");
  EXPECT_EQ(world.port().scheduler().watermark(SessionId{0}), 6u);
}

TEST(BrokerPort, an_address_for_results_needs_a_secret) {
  WireWorld world;
  wire::Hello hello = client_hello();
  hello.mutable_reply_to()->set_address("tcp://127.0.0.1:1");
  EXPECT_EQ(only<wire::Refused>(world.say("x", wire::encode(hello))).code(), "malformed");
}

TEST(BrokerPort, parts_that_lead_nowhere_are_faults) {
  WireWorld world;
  const std::string hello = wire::encode(client_hello());
  only<wire::Welcome>(world.say("x", hello));
  wire::Part part;
  part.set_stream(1);
  part.set_total(hello.size());
  EXPECT_THAT(only<wire::Fault>(world.say("x", wire::encode(part, hello))).text(),
              HasSubstr("does not travel in parts"));
  part.set_total(1ULL << 40);
  const auto heard = world.say("x", wire::encode(part, "x"));
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_EQ(wire::open(heard[0])->kind, wire::Kind::Fault);
  EXPECT_EQ(wire::open(heard[1])->kind, wire::Kind::HelloRequired);
  only<wire::HelloRequired>(world.say("x", wire::encode(wire::Beat())));
}

TEST(BrokerPort, parts_that_never_become_whole_leave_nothing_behind) {
  BrokerPort::Options options = test_port_options();
  options.max_kept_bytes = 1 << 20;
  WireWorld world(options);
  for (int i = 0; i < 20; ++i) {
    const std::string route = "x" + std::to_string(i);
    only<wire::Welcome>(
        world.say(route, wire::encode(client_hello(100 + static_cast<std::uint64_t>(i)))));
    wire::Part part;
    part.set_stream(1);
    part.set_total(1 << 20);
    EXPECT_THAT(world.say(route, wire::encode(part, std::string(300'000, 'x'))), SizeIs(0));
    only<wire::Farewell>(world.say(route, wire::encode(wire::Leave())));
  }
}

TEST(BrokerPort, a_worker_that_greets_again_keeps_what_is_on_its_way_to_it) {
  WireWorld world;
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  auto& client = world.add_client();
  world.submit(client, {"q"}, {"x"});
  world.settle();
  ASSERT_EQ(world.jobs().running, 1u);
  wire::Hello hello = worker_hello();
  hello.set_key(worker.key);
  world.port().receive(worker.route, wire::encode(hello), world.now());
  EXPECT_EQ(world.attempts().lost, 0u);
}

TEST(BrokerPort, a_result_beyond_the_memory_budget_is_a_named_failure) {
  BrokerPort::Options options = test_port_options();
  options.max_kept_bytes = 1000;
  WireWorld world(options);
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  auto& client = world.add_client();
  world.submit(client, {"q"}, {"x"});
  world.settle();
  auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.finish(worker, *job, {kDoneFinished, std::string(1300, 'x'), {}, {}});
  world.settle();
  ASSERT_THAT(client.answers, SizeIs(1));
  EXPECT_EQ(client.answers[0].code, ErrorCode::WorkFailed);
  EXPECT_THAT(client.answers[0].text, HasSubstr("out_of_memory_budget"));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
