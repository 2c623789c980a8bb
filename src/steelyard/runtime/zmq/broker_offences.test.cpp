#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/protocol.hpp"
#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// What a worker hears that answers for jobs it does not have.
namespace steelyard::zmq_runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kMaxOffences = 3;
constexpr std::uint64_t kFormerIncarnation = 6;

/// A client at route "x" and a worker at "w", which speak the protocol by hand.
class BrokerOffences : public testing::Test {
 protected:
  BrokerOffences() : world_(options()) {
    wire::Hello client;
    client.set_role(wire::ROLE_CLIENT);
    client.set_key(99);
    world_.say("x", wire::encode(client));
    greet();
  }
  static BrokerPort::Options options() {
    BrokerPort::Options options = test_port_options();
    options.limits.max_offences_per_worker = kMaxOffences;
    return options;
  }

  std::vector<std::string> greet() {
    wire::Hello worker;
    worker.set_role(wire::ROLE_WORKER);
    worker.set_key(77);
    worker.mutable_worker()->add_queues("q");
    worker.mutable_worker()->set_slots(1);
    worker.mutable_worker()->set_weight(1);
    return world_.say("w", wire::encode(worker));
  }
  /// Hands in a job, which the worker is given; its lease.
  std::uint64_t begin() {
    wire::Submit message;
    wire::SubmitRun& run = *message.add_runs();
    run.set_first_sequence(++sequence_);
    run.mutable_lengths()->set_count(1);
    run.mutable_lengths()->set_equal(1);
    run.set_queue("q");
    world_.port().receive("x", wire::encode(message, "p"), world_.now());
    const auto given = heard<wire::Assign>(world_.say("w", wire::encode(wire::Beat())));
    EXPECT_EQ(given.size(), 1u);
    return given.empty() ? 0 : given[0].runs(0).leases(0);
  }
  std::vector<std::string> report(std::uint64_t lease, std::uint64_t incarnation = 0) {
    wire::Done done;
    done.add_leases(lease);
    done.add_run_us(1);
    done.mutable_lengths()->set_count(1);
    done.set_incarnation(incarnation);
    return world_.say("w", wire::encode(done));
  }
  /// The leases that the worker is told it does not have.
  static std::vector<std::uint64_t> stale(const std::vector<std::string>& answers) {
    std::vector<std::uint64_t> leases;
    for (const wire::Stale& message : heard<wire::Stale>(answers)) {
      leases.insert(leases.end(), message.leases().begin(), message.leases().end());
    }
    return leases;
  }
  template <class Message>
  static std::vector<Message> heard(const std::vector<std::string>& answers) {
    std::vector<Message> found;
    for (const std::string& bytes : answers) {
      const auto envelope = wire::open(bytes);
      if (!envelope || envelope->kind != wire::kKindOf<Message>) continue;
      EXPECT_TRUE(wire::read(*envelope, found.emplace_back()));
    }
    return found;
  }
  std::string stats() {
    wire::Query query;
    query.set_what("stats");
    const std::vector<std::string> answers = world_.say("x", wire::encode(query));
    for (const std::string& bytes : answers) {
      const auto envelope = wire::open(bytes);
      if (envelope && envelope->kind == wire::Kind::Report) return std::string(envelope->block);
    }
    return {};
  }

  WireWorld world_;
  std::uint64_t sequence_ = 0;
};

TEST_F(BrokerOffences, are_told_and_counted_for_a_job_that_the_worker_never_had) {
  EXPECT_THAT(stale(report(12345)), ElementsAre(12345));
  EXPECT_THAT(stats(), HasSubstr(R"("offences":1)"));
}

TEST_F(BrokerOffences, are_told_and_counted_for_a_second_answer) {
  wire::Received receipt;
  const std::uint64_t lease = begin();
  EXPECT_THAT(stale(report(lease)), IsEmpty());
  receipt.add_receipts()->set_first_sequence(1);
  receipt.mutable_receipts(0)->set_count(1);
  world_.say("x", wire::encode(receipt));
  EXPECT_EQ(world_.jobs().finished, 1u);
  EXPECT_THAT(stale(report(lease)), ElementsAre(lease));
  EXPECT_THAT(stats(), HasSubstr(R"("offences":1)"));
  EXPECT_EQ(world_.jobs().finished, 1u);
}

TEST_F(BrokerOffences, are_told_and_counted_for_another_attempt_of_a_job_that_runs) {
  const std::uint64_t lease = begin();
  Lease other = Lease::from_bits(lease);
  other.stamp += 2;
  EXPECT_THAT(stale(report(other.bits())), ElementsAre(other.bits()));
  EXPECT_THAT(stats(), HasSubstr(R"("offences":1)"));
  EXPECT_EQ(world_.jobs().running, 1u);
}

TEST_F(BrokerOffences, again_and_again_have_the_worker_expelled_and_its_job_returned) {
  begin();
  for (std::uint32_t i = 1; i < kMaxOffences; ++i) {
    EXPECT_THAT(heard<wire::Farewell>(report(12345)), IsEmpty());
  }
  const auto farewell = heard<wire::Farewell>(report(12345));
  ASSERT_EQ(farewell.size(), 1u);
  EXPECT_EQ(farewell[0].reason(), kExpelled);
  EXPECT_THAT(stats(), HasSubstr(R"("expelled":1)"));
  EXPECT_EQ(world_.jobs().queued, 1u);
  EXPECT_EQ(heard<wire::HelloRequired>(report(12345)).size(), 1u);
  EXPECT_EQ(heard<wire::Welcome>(greet()).size(), 1u);
  EXPECT_EQ(world_.jobs().running, 1u);
}

TEST_F(BrokerOffences, are_none_in_reports_for_a_former_broker) {
  for (std::uint32_t i = 0; i < 2 * kMaxOffences; ++i) {
    EXPECT_THAT(report(12345, kFormerIncarnation), IsEmpty());
  }
  EXPECT_THAT(stats(), HasSubstr(R"("offences":0)"));
  EXPECT_EQ(world_.port().former_reports(), 2 * kMaxOffences);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
