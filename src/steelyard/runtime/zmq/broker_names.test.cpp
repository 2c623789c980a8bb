#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// What becomes of names that no name may be, wherever one can come in.
namespace steelyard::zmq_runtime {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> kNames{"<script>alert(1)</script>",
                                               "\x1b[31mred",
                                               "two words",
                                               std::string(10'000, 'x'),
                                               std::string("nul\0", 4),

                                               "-flag",
                                               "line\nbreak",
                                               "\"quoted\"",
                                               "caf\xc3\xa9",
                                               "\xe2\x80\xae",
                                               "a\x7f"};
  return kNames;
}

/// What is answered to a client that says this, taken for a Message.
template <class Message>
Message answer_to(WireWorld& world, const std::string& bytes) {
  wire::Hello hello;
  hello.set_role(wire::ROLE_CLIENT);
  hello.set_key(99);
  static_cast<void>(world.say("x", wire::encode(hello)));
  Message message;
  for (const std::string& heard : world.say("x", bytes)) {
    const auto envelope = wire::open(heard);
    if (envelope && envelope->kind == wire::kKindOf<Message>) {
      EXPECT_TRUE(wire::read(*envelope, message));
    }
  }
  return message;
}

wire::SubmitRun sound_run() {
  wire::SubmitRun run;
  run.set_first_sequence(1);
  run.mutable_lengths()->set_count(1);
  run.set_queue("q");
  return run;
}

std::string submission(const wire::SubmitRun& run) {
  wire::Submit message;
  *message.add_runs() = run;
  return wire::encode(message);
}

TEST(HostileName, of_a_job_is_refused) {
  for (const std::string& name : hostile_names()) {
    std::vector<wire::SubmitRun> runs(5, sound_run());
    runs[0].set_queue(name);
    runs[1].set_state(name);
    runs[2].set_user(name);
    runs[3].set_key(name);
    runs[4].add_tags(name);
    for (const wire::SubmitRun& run : runs) {
      WireWorld world;
      const auto rejected = answer_to<wire::Rejected>(world, submission(run));
      EXPECT_EQ(rejected.code(), "invalid_name");
      EXPECT_LT(rejected.text().size(), 200u);
      EXPECT_EQ(world.jobs().accepted, 0u);
    }
  }
}

TEST(HostileName, that_a_worker_offers_is_refused) {
  for (const std::string& name : hostile_names()) {
    for (const bool is_tag : {false, true}) {
      WireWorld world;
      wire::Hello hello;
      hello.set_role(wire::ROLE_WORKER);
      hello.set_key(77);
      hello.mutable_worker()->add_queues(is_tag ? "q" : name);
      if (is_tag) hello.mutable_worker()->add_tags(name);
      hello.mutable_worker()->set_slots(1);
      hello.mutable_worker()->set_weight(1);
      const auto heard = world.say("w", wire::encode(hello));
      ASSERT_THAT(heard, SizeIs(1));
      wire::Refused refused;
      ASSERT_TRUE(wire::read(*wire::open(heard[0]), refused));
      EXPECT_EQ(refused.code(), "invalid_name");
    }
  }
}

TEST(HostileName, of_a_peer_is_not_shown) {
  for (const std::string& name : hostile_names()) {
    WireWorld world;
    auto& asker = world.add_client();
    wire::Hello hello;
    hello.set_role(wire::ROLE_WORKER);
    hello.set_key(77);
    hello.set_name(name);
    hello.mutable_worker()->add_queues("q");
    hello.mutable_worker()->set_slots(1);
    hello.mutable_worker()->set_weight(1);
    static_cast<void>(world.say("w", wire::encode(hello)));
    for (const char* what : {"workers", "snapshot"}) {
      asker.reports.clear();
      asker.session->query(1, what);
      world.settle();
      ASSERT_THAT(asker.reports, SizeIs(1));
      EXPECT_THAT(*asker.reports[0], HasSubstr("\"unnamed\""));
    }
  }
}

TEST(HostileName, that_is_asked_for_is_not_sent_back_whole) {
  const std::string endless(1 << 20, 'x');
  WireWorld world;
  wire::Drain drain;
  drain.set_worker(endless);
  wire::Pin pin;
  pin.set_state(endless);
  wire::Query query;
  wire::Announce announce;
  announce.set_kind(endless);
  announce.set_name(endless);
  std::vector<std::string> messages{wire::encode(drain), wire::encode(pin), wire::encode(announce)};
  for (const char* about : {"", "explain/worker/", "explain/job/", "explain/worker/?last="}) {
    query.set_what(about + endless);
    messages.push_back(wire::encode(query));
  }
  for (const std::string& message : messages) {
    const auto report = answer_to<wire::Report>(world, message);
    EXPECT_THAT(report.code(), testing::AnyOf("invalid_argument", "invalid_name"));
    for (const std::string& heard : world.say("x", message)) EXPECT_LT(heard.size(), 400u);
  }
}

TEST(HostileName, that_is_no_utf_8_makes_its_message_malformed) {
  WireWorld world;
  wire::SubmitRun run = sound_run();
  run.set_user("\xff\xfe");
  EXPECT_EQ(answer_to<wire::Fault>(world, submission(run)).code(), "malformed");
  EXPECT_EQ(world.jobs().accepted, 0u);
}

TEST(HostileName, in_an_address_is_not_shown) {
  WireWorld world;
  auto& asker = world.add_client();
  wire::Hello hello;
  hello.set_role(wire::ROLE_WORKER);
  hello.set_key(77);
  hello.mutable_worker()->add_queues("q");
  hello.mutable_worker()->set_slots(1);
  hello.mutable_worker()->set_weight(1);
  const std::string greeting = wire::encode(hello);
  ASSERT_TRUE(BrokerPort::is_greeting(greeting));
  const auto snapshot = [&] {
    asker.reports.clear();
    asker.session->query(1, "snapshot");
    world.settle();
    return *asker.reports.at(0);
  };
  world.port().receive_greeting("w", greeting, "10.1.2.3", world.now());
  EXPECT_THAT(snapshot(), HasSubstr("10.1.2.3"));
  world.port().receive_greeting("w", greeting, "<b>", world.now());
  EXPECT_THAT(snapshot(), Not(HasSubstr("<b>")));
}

TEST(SnapshotQuery, is_answered_to_all_who_ask_and_to_each_once) {
  WireWorld world;
  auto& first = world.add_client();
  auto& second = world.add_client();
  world.settle();
  first.session->query(1, "snapshot");
  first.session->query(2, "snapshot");
  second.session->query(1, "snapshot");
  world.settle();
  EXPECT_THAT(first.reports, SizeIs(1));
  EXPECT_THAT(second.reports, SizeIs(1));
  EXPECT_EQ(*first.reports[0], *second.reports[0]);
}

TEST(SnapshotQuery, of_too_many_at_once_is_refused) {
  WireWorld world;
  std::vector<WireWorld::TestClient*> askers;
  for (int i = 0; i < 66; ++i) askers.push_back(&world.add_client());
  world.settle();
  for (auto* asker : askers) asker->session->query(1, "snapshot");
  world.settle();
  int refused = 0;
  for (const auto* asker : askers) {
    ASSERT_THAT(asker->reports, SizeIs(1));
    if (asker->reports[0]) continue;
    ++refused;
    EXPECT_EQ(asker->reports[0].error().code, ErrorCode::OutOfMemoryBudget);
  }
  EXPECT_EQ(refused, 2);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
