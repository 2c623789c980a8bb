#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// Done notices that forward their jobs.
namespace steelyard::zmq_runtime {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

template <class Message>
struct Heard {
  Message header;
  std::string block;
};

template <class Message>
std::vector<Heard<Message>> only(const std::vector<std::string>& heard) {
  std::vector<Heard<Message>> found;
  for (const std::string& bytes : heard) {
    const auto envelope = wire::open(bytes);
    Message message;
    if (envelope->kind == wire::kKindOf<Message> && wire::read(*envelope, message)) {
      found.push_back({message, std::string(envelope->block)});
    }
  }
  return found;
}

/// A client "x" and a worker "a" for the queue "first", which has been given two jobs.
class TwoJobs : public WireWorld {
 public:
  TwoJobs() {
    wire::Hello client;
    client.set_role(wire::ROLE_CLIENT);
    client.set_key(99);
    say("x", wire::encode(client));
    wire::Submit submit;
    wire::SubmitRun& run = *submit.add_runs();
    run.set_first_sequence(1);
    run.set_queue("first");
    run.set_state("red");
    run.set_user("ann");
    run.set_stream_window_bytes(5'000);
    run.mutable_lengths()->set_count(2);
    run.mutable_lengths()->set_equal(3);
    say("x", wire::encode(submit, "onetwo"));
    for (const auto& message : only<wire::Assign>(greet_worker("a", "first", 7))) {
      for (const auto& given : message.header.runs()) {
        leases.insert(leases.end(), given.leases().begin(), given.leases().end());
      }
    }
  }

  std::vector<std::string> greet_worker(const std::string& route, const std::string& queue,
                                        std::uint64_t key) {
    wire::Hello worker;
    worker.set_role(wire::ROLE_WORKER);
    worker.set_key(key);
    worker.mutable_worker()->add_queues(queue);
    worker.mutable_worker()->set_slots(2);
    worker.mutable_worker()->set_weight(1);
    worker.mutable_worker()->set_priority_min(INT32_MIN);
    worker.mutable_worker()->set_priority_max(INT32_MAX);
    return say(route, wire::encode(worker));
  }

  /// Of both jobs; queues and states are added by the caller.
  [[nodiscard]] wire::Done forwarded() const {
    wire::Done done;
    for (const std::uint64_t lease : leases) {
      done.add_leases(lease);
      done.add_outcomes(kDoneForwarded);
      done.add_run_us(1'000);
    }
    done.mutable_lengths()->set_count(static_cast<std::uint32_t>(leases.size()));
    done.mutable_lengths()->set_equal(5);
    return done;
  }

  std::vector<std::uint64_t> leases;
};

TEST(BrokerForwards, give_the_job_to_the_next_stage_as_it_was_handed_in) {
  TwoJobs world;
  ASSERT_THAT(world.leases, SizeIs(2));
  wire::Done done = world.forwarded();
  done.add_forward_queues("second");
  EXPECT_THAT(only<wire::Fault>(world.say("a", wire::encode(done, "threefour!"))), IsEmpty());
  const auto assigned = only<wire::Assign>(world.greet_worker("b", "second", 8));
  ASSERT_THAT(assigned, SizeIs(1));
  EXPECT_EQ(assigned[0].block, "threefour!");
  ASSERT_THAT(assigned[0].header.runs(), SizeIs(1));
  const wire::AssignRun& run = assigned[0].header.runs(0);
  EXPECT_EQ(run.queue(), "second");
  EXPECT_EQ(run.state(), "");
  EXPECT_EQ(run.user(), "ann");
  EXPECT_EQ(run.attempt(), 65'536u + 1);
  EXPECT_EQ(run.stream_window_bytes(), 5'000u);
  EXPECT_THAT(run.sequences(), testing::ElementsAre(1, 2));
}

TEST(BrokerForwards, may_lead_to_different_places) {
  TwoJobs world;
  wire::Done done = world.forwarded();
  done.add_forward_queues("second");
  done.add_forward_queues("third");
  done.add_forward_states("");
  done.add_forward_states("blue");
  world.say("a", wire::encode(done, "threefour!"));
  const auto second = only<wire::Assign>(world.greet_worker("b", "second", 8));
  const auto third = only<wire::Assign>(world.greet_worker("c", "third", 9));
  ASSERT_THAT(second, SizeIs(1));
  ASSERT_THAT(third, SizeIs(1));
  EXPECT_EQ(second[0].block, "three");
  EXPECT_EQ(third[0].block, "four!");
  EXPECT_EQ(third[0].header.runs(0).state(), "blue");
}

TEST(BrokerForwards, that_do_not_say_where_are_faults) {
  TwoJobs world;
  for (const int queues : {0, 3}) {
    wire::Done done = world.forwarded();
    for (int i = 0; i < queues; ++i) done.add_forward_queues("second");
    EXPECT_THAT(only<wire::Fault>(world.say("a", wire::encode(done, "threefour!"))), SizeIs(1));
  }
  EXPECT_EQ(world.jobs().running, 2u);
}

TEST(BrokerForwards, to_a_name_that_is_none_fail_the_job) {
  TwoJobs world;
  wire::Done done = world.forwarded();
  done.add_forward_queues("no name");
  world.say("a", wire::encode(done, "threefour!"));
  EXPECT_EQ(world.jobs().returning, 2u);
  EXPECT_EQ(world.port().scheduler().book().total().attempts.failed, 2u);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
