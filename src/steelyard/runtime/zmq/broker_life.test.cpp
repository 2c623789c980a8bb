#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/partial_charge.hpp"
#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// What a broker says about jobs that are delayed, cancelled, streamed, unique or in quarantine.
namespace steelyard::zmq_runtime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kWindowBytes = partial_charge_bytes(10);

/// The messages of one kind, in order, and their blocks.
template <class Message>
std::vector<std::pair<Message, std::string>> all(const std::vector<std::string>& heard) {
  std::vector<std::pair<Message, std::string>> found;
  for (const std::string& bytes : heard) {
    const auto envelope = wire::open(bytes);
    if (!envelope || envelope->kind != wire::kKindOf<Message>) continue;
    Message message;
    EXPECT_TRUE(wire::read(*envelope, message));
    found.emplace_back(message, envelope->block);
  }
  return found;
}

/// A client that speaks the protocol by hand, at route "x" with session 99, and a worker.
class BrokerLife : public testing::Test {
 protected:
  explicit BrokerLife(const BrokerPort::Options& options = test_port_options())
      : world_(options), worker_(world_.add_worker({"q"}, 4)) {
    worker_.runs = false;
    world_.settle();
    wire::Hello hello;
    hello.set_role(wire::ROLE_CLIENT);
    hello.set_key(99);
    world_.say("x", wire::encode(hello));
  }

  static wire::SubmitRun run(std::uint64_t sequence, const std::string& queue = "q") {
    wire::SubmitRun run;
    run.set_first_sequence(sequence);
    run.mutable_lengths()->set_count(1);
    run.mutable_lengths()->set_equal(1);
    run.set_queue(queue);
    return run;
  }
  std::vector<std::string> submit(const wire::SubmitRun& run, const std::string& payload = "p") {
    wire::Submit message;
    *message.add_runs() = run;
    return world_.say("x", wire::encode(message, payload));
  }
  wire::Rejected rejected(const wire::SubmitRun& run, const std::string& payload = "p") {
    const auto heard = all<wire::Rejected>(submit(run, payload));
    EXPECT_THAT(heard, SizeIs(1));
    return heard.empty() ? wire::Rejected() : heard[0].first;
  }
  /// Hands in one job and has the worker take it.
  AssignedJob begin(const wire::SubmitRun& run) {
    submit(run);
    world_.settle();
    auto job = worker_.session->take();
    EXPECT_TRUE(job);
    return job.value_or(AssignedJob{});
  }
  std::vector<std::string> cancel(const std::vector<std::uint64_t>& sequences) {
    wire::Cancel message;
    message.set_request(5);
    for (const std::uint64_t sequence : sequences) {
      message.add_jobs()->set_session(99);
      message.mutable_jobs(message.jobs_size() - 1)->set_sequence(sequence);
    }
    return world_.say("x", wire::encode(message));
  }
  /// What the client has been sent since it spoke last.
  std::vector<std::string> hear() {
    // A malformed part of the conversation would show up as a fault.
    return world_.say("x", wire::encode(wire::Received()));
  }
  /// The worker's messages reach the broker, and nobody flushes what it says to the client.
  void worker_speaks() {
    while (auto message = worker_.session->next_message(world_.now())) {
      world_.port().receive(worker_.route, *message, world_.now());
    }
  }

  WireWorld world_;
  WireWorld::TestWorker& worker_;
};

TEST_F(BrokerLife, refuses_times_that_cannot_be_naming_the_field) {
  wire::SubmitRun late = run(1);
  late.set_delay_ms(kMaxDelay_ms + 1);
  EXPECT_EQ(rejected(late).code(), "invalid_argument");
  wire::SubmitRun crossed = run(2);
  crossed.set_delay_ms(2000);
  crossed.set_start_within_ms(1000);
  EXPECT_THAT(rejected(crossed).text(), HasSubstr("start_within_ms"));
  wire::SubmitRun wide = run(3);
  wide.set_stream_window_bytes(kMaxStreamWindowBytes + 1);
  EXPECT_THAT(rejected(wide).text(), HasSubstr("stream_window_bytes"));
  EXPECT_EQ(world_.port().refused(ErrorCode::InvalidArgument), 3u);
}

TEST_F(BrokerLife, takes_the_longest_times_there_are) {
  wire::SubmitRun patient = run(1);
  patient.set_start_within_ms(~std::uint64_t{0});
  patient.set_time_limit_ms(~std::uint64_t{0});
  EXPECT_THAT(all<wire::Rejected>(submit(patient)), IsEmpty());
  EXPECT_EQ(world_.jobs().accepted, 1u);
}

TEST_F(BrokerLife, keeps_a_delayed_job_from_its_worker_until_it_is_due) {
  wire::SubmitRun delayed = run(1);
  delayed.set_delay_ms(500);
  submit(delayed);
  world_.pass(std::chrono::milliseconds(400));
  EXPECT_FALSE(worker_.session->has_waiting());
  world_.pass(std::chrono::milliseconds(200));
  EXPECT_TRUE(worker_.session->has_waiting());
}

TEST_F(BrokerLife, tells_who_has_a_key_already) {
  wire::SubmitRun first = run(1);
  first.set_key("invoice-7");
  submit(first);
  wire::SubmitRun second = run(2);
  second.set_key("invoice-7");
  const auto duplicate = rejected(second);
  EXPECT_EQ(duplicate.code(), "duplicate_key");
  EXPECT_EQ(duplicate.original().session(), 99u);
  EXPECT_EQ(duplicate.original().sequence(), 1u);
  second.set_first_sequence(3);
  const auto conflict = rejected(second, "q");
  EXPECT_EQ(conflict.code(), "key_conflict");
  EXPECT_THAT(conflict.text(), HasSubstr("0000000000000063-1"));
}

TEST_F(BrokerLife, refuses_keys_that_cannot_be) {
  wire::SubmitRun unnamed = run(1);
  unnamed.set_key("-k");
  EXPECT_EQ(rejected(unnamed).code(), "invalid_name");
  wire::SubmitRun many = run(2);
  many.set_key("k");
  many.mutable_lengths()->set_count(2);
  EXPECT_THAT(rejected(many, "pp").text(), HasSubstr("key"));
}

TEST_F(BrokerLife, refuses_journalled_jobs_without_a_journal_saying_what_to_do) {
  wire::SubmitRun journalled = run(1);
  journalled.set_durability(wire::DURABILITY_JOURNAL);
  const auto no = rejected(journalled);
  EXPECT_EQ(no.code(), "not_journalled");
  EXPECT_THAT(no.text(), HasSubstr("--journal FILE"));
}

TEST_F(BrokerLife, says_which_of_several_jobs_were_cancelled) {
  begin(run(1));
  submit(run(2, "elsewhere"));
  const auto heard = all<wire::Cancelled>(cancel({2, 7, 1}));
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_EQ(heard[0].first.request(), 5u);
  EXPECT_THAT(heard[0].first.places(), ElementsAre(0, 1));
  EXPECT_THAT(heard[0].first.was(), ElementsAre("queued", "unknown"));
  EXPECT_THAT(heard[0].first.standings(), ElementsAre("cancelled", "unknown"));
}

TEST_F(BrokerLife, confirms_the_cancelling_of_a_running_job_when_it_has_stopped) {
  const AssignedJob job = begin(run(1));
  EXPECT_THAT(all<wire::Cancelled>(cancel({1})), IsEmpty());
  EXPECT_THAT(worker_.session->take_orders(),
              ElementsAre(JobTalk::Order{job.lease, core::StopReason::Cancelled}));
  world_.finish(worker_, job, {kDoneStopped, {}, {}, {}});
  worker_speaks();
  const auto heard = all<wire::Cancelled>(hear());
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_THAT(heard[0].first.places(), ElementsAre(0));
  EXPECT_THAT(heard[0].first.was(), ElementsAre("running"));
  EXPECT_THAT(heard[0].first.standings(), ElementsAre("cancelled"));
  EXPECT_EQ(world_.attempts().stopped, 1u);
}

TEST_F(BrokerLife, repeats_to_a_worker_that_is_back_what_is_to_stop) {
  const AssignedJob job = begin(run(1));
  worker_.route = "elsewhere";
  cancel({1});
  EXPECT_THAT(worker_.session->take_orders(), IsEmpty());
  world_.cut(worker_);
  world_.pass(std::chrono::seconds(4), std::chrono::milliseconds(100));
  EXPECT_THAT(worker_.session->take_orders(),
              Contains(JobTalk::Order{job.lease, core::StopReason::Cancelled}));
}

TEST_F(BrokerLife, says_that_a_running_job_does_not_listen) {
  const AssignedJob job = begin(run(1));
  cancel({1});
  worker_.session->stop_ignored(job);
  worker_speaks();
  const auto heard = all<wire::Cancelled>(hear());
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_THAT(heard[0].first.standings(), ElementsAre("running"));
}

TEST_F(BrokerLife, never_begins_a_job_that_is_cancelled_on_its_way) {
  submit(run(1));
  world_.settle();
  ASSERT_TRUE(worker_.session->has_waiting());
  cancel({1});
  EXPECT_FALSE(worker_.session->has_waiting());
  worker_speaks();
  EXPECT_THAT(all<wire::Cancelled>(hear()), SizeIs(1));
  EXPECT_EQ(world_.jobs().running, 0u);
}

TEST_F(BrokerLife, goes_on_when_a_cancel_ends_the_session_that_asks) {
  submit(run(1, "elsewhere"));
  wire::Leave leave;
  leave.set_when_done(true);
  world_.say("x", wire::encode(leave));
  cancel({1, 1, 1});
  wire::Received received;
  received.add_receipts()->set_first_sequence(1);
  received.mutable_receipts(0)->set_count(1);
  EXPECT_THAT(all<wire::Farewell>(world_.say("x", wire::encode(received))), SizeIs(1));
}

TEST_F(BrokerLife, cancels_what_matches_or_only_counts_it) {
  submit(run(1, "elsewhere"));
  wire::CancelMatching message;
  message.set_request(6);
  message.set_queue("elsewhere");
  message.set_dry_run(true);
  const auto counted = all<wire::Report>(world_.say("x", wire::encode(message)));
  ASSERT_THAT(counted, SizeIs(1));
  EXPECT_EQ(counted[0].second,
            R"({"delayed":0,"queued":1,"running":0,"more":false,"dry_run":true})");
  EXPECT_EQ(world_.jobs().queued, 1u);
  message.set_dry_run(false);
  world_.say("x", wire::encode(message));
  EXPECT_EQ(world_.jobs().queued, 0u);
  message.set_queue("nobody");
  const auto none = all<wire::Report>(world_.say("x", wire::encode(message)));
  EXPECT_THAT(none[0].second, HasSubstr(R"("queued":0)"));
  const auto refused = all<wire::Report>(world_.say("x", wire::encode(wire::CancelMatching())));
  EXPECT_EQ(refused[0].first.code(), "invalid_argument");
}

TEST_F(BrokerLife, drops_what_an_aborting_client_has_handed_in) {
  submit(run(1, "elsewhere"));
  wire::Leave leave;
  leave.set_when_done(true);
  leave.set_abort(true);
  world_.say("x", wire::encode(leave));
  EXPECT_EQ(world_.jobs().queued, 0u);
}

TEST_F(BrokerLife, passes_partial_results_on_within_the_window) {
  wire::SubmitRun streamed = run(1);
  streamed.set_stream_window_bytes(kWindowBytes);
  const AssignedJob job = begin(streamed);
  EXPECT_EQ(job.run->stream_window_bytes, kWindowBytes);
  EXPECT_FALSE(job.run->reply_to);
  worker_.session->progress(job, 40);
  worker_.session->partial(job, "12345678");
  worker_speaks();
  const auto heard = hear();
  const auto progressed = all<wire::Progressed>(heard);
  ASSERT_THAT(progressed, SizeIs(1));
  EXPECT_THAT(progressed[0].first.percents(), ElementsAre(40));
  const auto parts = all<wire::Partial>(heard);
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_EQ(parts[0].first.sequence(), 1u);
  EXPECT_EQ(parts[0].second, "12345678");
  wire::PartialCredit credit;
  credit.set_sequence(1);
  credit.set_attempt(1);
  credit.set_bytes(10 * kWindowBytes);
  world_.say("x", wire::encode(credit));
  EXPECT_THAT(worker_.session->take_orders(),
              ElementsAre(JobTalk::Order{job.lease, std::nullopt, partial_charge_bytes(8)}));
}

TEST_F(BrokerLife, ends_the_attempt_of_a_worker_that_exceeds_its_credit) {
  wire::SubmitRun streamed = run(1);
  streamed.set_stream_window_bytes(kWindowBytes);
  const AssignedJob job = begin(streamed);
  worker_.session->partial(job, "12345678");
  worker_.session->partial(job, "9ab");
  worker_speaks();
  const auto heard = hear();
  EXPECT_THAT(all<wire::Partial>(heard), SizeIs(1));
  ASSERT_THAT(all<wire::Answers>(heard), SizeIs(1));
  EXPECT_THAT(all<wire::Answers>(heard)[0].second, HasSubstr("more partial results"));
  EXPECT_EQ(world_.port().dropped_partials(), 1u);
}

TEST_F(BrokerLife, gives_a_client_that_is_back_a_whole_window) {
  wire::SubmitRun streamed = run(1);
  streamed.set_stream_window_bytes(kWindowBytes);
  const AssignedJob job = begin(streamed);
  worker_.session->partial(job, "1234567890");
  worker_speaks();
  hear();
  wire::Hello hello;
  hello.set_role(wire::ROLE_CLIENT);
  hello.set_key(99);
  hello.set_incarnation(7);
  world_.say("y", wire::encode(hello));
  EXPECT_THAT(worker_.session->take_orders(),
              ElementsAre(JobTalk::Order{job.lease, std::nullopt, kWindowBytes}));
}

TEST_F(BrokerLife, drops_reports_of_a_former_broker_without_blame) {
  const AssignedJob job = begin(run(1));
  wire::Done done;
  done.add_leases(job.lease);
  done.add_run_us(1);
  done.mutable_lengths()->set_count(1);
  done.set_incarnation(6);
  world_.port().receive(worker_.route, wire::encode(done), world_.now());
  EXPECT_EQ(world_.port().former_reports(), 1u);
  EXPECT_EQ(world_.port().scheduler().stale_reports(), 0u);
  EXPECT_EQ(world_.jobs().running, 1u);
}

class BrokerQuarantine : public BrokerLife {
 protected:
  BrokerQuarantine() : BrokerLife(options()) {}
  static BrokerPort::Options options() {
    BrokerPort::Options options = test_port_options();
    options.limits.max_deaths = 1;
    return options;
  }
  std::string decide(bool release) {
    wire::Quarantine message;
    message.mutable_job()->set_session(99);
    message.mutable_job()->set_sequence(1);
    message.set_release(release);
    const auto heard = all<wire::Report>(world_.say("x", wire::encode(message)));
    EXPECT_THAT(heard, SizeIs(1));
    return heard.empty() ? std::string() : heard[0].first.code() + heard[0].second;
  }
  std::string report() {
    wire::Query query;
    query.set_what("quarantine");
    const auto heard = all<wire::Report>(world_.say("x", wire::encode(query)));
    return heard.empty() ? std::string() : heard[0].second;
  }
};

TEST_F(BrokerQuarantine, tells_of_a_job_whose_worker_died_how_that_was) {
  world_.port().note_calendar(world_.now(), 1'700'000'000'000);
  wire::SubmitRun deadly = run(1);
  deadly.set_keep(true);
  const AssignedJob job = begin(deadly);
  world_.finish(worker_, job, {kDoneDied, "ended by signal 11", {}, {}});
  worker_speaks();
  EXPECT_THAT(all<wire::Answers>(hear()), SizeIs(1));
  wire::Received received;
  received.add_receipts()->set_first_sequence(1);
  received.mutable_receipts(0)->set_count(1);
  world_.say("x", wire::encode(received));
  EXPECT_THAT(report(), HasSubstr(R"("job":"0000000000000063-1","queue":"q")"));
  EXPECT_THAT(report(), HasSubstr(R"("deaths":[{"worker":"worker","attempt":1,"how":"died",)"
                                  R"("text":"ended by signal 11","at_unix_ms":1700000000000}])"));
  EXPECT_EQ(decide(true), R"({"outcome":"queued"})");
  EXPECT_THAT(decide(true), HasSubstr("invalid_argument"));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
