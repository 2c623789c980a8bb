#include "steelyard/runtime/zmq/broker_journal.hpp"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/protocol.hpp"
#include "steelyard/runtime/zmq/test_parts.hpp"
#include "steelyard/strategy/registry.hpp"

/// What a broker writes to its journal, and how the next one goes on with it.
namespace steelyard::zmq_runtime {
namespace {

using store::RecordKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kCalendar_ms = 1'700'000'000'000;

class Records final : public JournalSink {
 public:
  std::uint64_t append(store::Record record) override {
    all.push_back(std::move(record));
    return all.size();
  }
  [[nodiscard]] bool is_behind() const override { return behind; }

  std::vector<store::Record> all;
  bool behind = false;
};

/// One life of a broker.
class Life {
 public:
  Life(Records& records, std::uint64_t incarnation, TimePoint now, const core::Options& limits = {})
      : now_(now) {
    BrokerPort::Options options;
    options.limits = limits;
    options.max_payload_bytes = 1 << 20;
    options.max_kept_bytes = 64 << 20;
    options.max_names = 100;
    options.incarnation = incarnation;
    options.strategy = "least-loaded";
    port_ = std::make_unique<BrokerPort>(options, *strategy::Registry().make("least-loaded"), now_,
                                         &records);
    port_->note_calendar(now_, kCalendar_ms);
  }

  BrokerPort& port() { return *port_; }
  [[nodiscard]] TimePoint now() const { return now_; }

  /// Says it, and returns what was answered to that route.
  template <class Message>
  std::vector<std::string> say(const std::string& route, const Message& message,
                               std::string_view block = {}) {
    port_->receive(route, wire::encode(message, block), now_);
    return hear(route);
  }
  std::vector<std::string> hear(const std::string& route) {
    std::vector<std::string> heard;
    port_->pass_time(now_ += std::chrono::milliseconds(10));
    port_->flush([&](std::string_view to, std::string message) {
      if (to == route) heard.push_back(std::move(message));
      return true;
    });
    return heard;
  }
  std::vector<std::string> greet(std::uint64_t incarnation = 0) {
    wire::Hello hello;
    hello.set_role(wire::ROLE_CLIENT);
    hello.set_key(99);
    hello.set_incarnation(incarnation);
    return say("x", hello);
  }
  std::vector<std::string> submit(std::uint64_t sequence, const wire::SubmitRun& more = {}) {
    wire::Submit message;
    wire::SubmitRun& run = *message.add_runs();
    run = more;
    run.set_first_sequence(sequence);
    run.set_queue("q");
    run.set_durability(wire::DURABILITY_JOURNAL);
    run.mutable_lengths()->set_count(2);
    run.mutable_lengths()->set_equal(3);
    return say("x", message, "onetwo");
  }
  std::string stands(std::uint64_t sequence) {
    wire::Ask ask;
    ask.add_jobs()->set_session(99);
    ask.mutable_jobs(0)->set_sequence(sequence);
    for (const std::string& bytes : say("x", ask)) {
      const auto envelope = wire::open(bytes);
      wire::Told told;
      if (envelope->kind != wire::Kind::Told || !wire::read(*envelope, told)) continue;
      return told.standings(0);
    }
    return "";
  }

 private:
  TimePoint now_;
  std::unique_ptr<BrokerPort> port_;
};

template <class Message>
std::vector<Message> only(const std::vector<std::string>& heard) {
  std::vector<Message> found;
  for (const std::string& bytes : heard) {
    const auto envelope = wire::open(bytes);
    Message message;
    if (envelope->kind == wire::kKindOf<Message> && wire::read(*envelope, message)) {
      found.push_back(message);
    }
  }
  return found;
}

std::vector<RecordKind> kinds(const Records& records) {
  std::vector<RecordKind> kinds;
  for (const store::Record& record : records.all) kinds.push_back(record.kind);
  return kinds;
}

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(BrokerPortJournal, acknowledges_what_is_on_disk_and_not_before) {
  Records records;
  Life life(records, 1, kStart);
  life.greet();
  EXPECT_THAT(only<wire::Acknowledged>(life.submit(1)), IsEmpty());
  ASSERT_THAT(kinds(records), ElementsAre(RecordKind::Submitted, RecordKind::Submitted));
  EXPECT_EQ(records.all[1].job, (store::JobKey{99, 2}));
  life.port().persisted(life.now(), 2);
  const auto acknowledged = only<wire::Acknowledged>(life.hear("x"));
  ASSERT_THAT(acknowledged, SizeIs(1));
  EXPECT_EQ(acknowledged[0].through(), 2u);
  EXPECT_EQ(acknowledged[0].journalled_through(), 2u);
}

TEST(BrokerPortJournal, writes_jobs_with_the_times_of_the_calendar) {
  Records records;
  Life life(records, 1, kStart);
  life.greet();
  wire::SubmitRun run;
  run.set_delay_ms(60'000);
  run.set_start_within_ms(90'000);
  run.set_user("ann");
  run.add_tags("gpu");
  life.submit(1, run);
  const auto job = journal::decode_job(records.all.at(1).bytes);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->queue, "q");
  EXPECT_EQ(job->user, "ann");
  EXPECT_THAT(job->tags, ElementsAre("gpu"));
  EXPECT_EQ(job->payload, "two");
  EXPECT_EQ(job->start_by_unix_ms - job->not_before_unix_ms, 30'000u);
  EXPECT_EQ(job->not_before_unix_ms - job->submitted_at_unix_ms, 60'000u);
  EXPECT_NEAR(static_cast<double>(job->submitted_at_unix_ms), static_cast<double>(kCalendar_ms),
              1000);
}

TEST(BrokerPortJournal, brings_jobs_back_to_the_next_broker) {
  Records records;
  {
    Life first(records, 1, kStart);
    first.greet();
    first.submit(1);
  }
  Records next;
  Life second(next, 2, kStart + std::chrono::hours(2));
  for (const store::Record& record : records.all) EXPECT_TRUE(second.port().restore(record));
  EXPECT_EQ(second.port().restored().value_or(0), 2u);
  const auto welcome = only<wire::Welcome>(second.greet(1));
  ASSERT_THAT(welcome, SizeIs(1));
  EXPECT_FALSE(welcome[0].resumed());
  EXPECT_EQ(welcome[0].watermark(), 0u);
  EXPECT_EQ(second.stands(2), "queued");
  // What its client hands in again is there already.
  second.submit(1);
  EXPECT_EQ(second.port().scheduler().book().total().jobs.queued, 2u);
}

/// A worker that takes a job and dies of it.
void lose_one(Life& life) {
  wire::Hello hello;
  hello.set_role(wire::ROLE_WORKER);
  hello.set_key(7);
  hello.mutable_worker()->add_queues("q");
  hello.mutable_worker()->set_slots(1);
  hello.mutable_worker()->set_weight(1);
  const auto assigned = only<wire::Assign>(life.say("w", hello));
  ASSERT_THAT(assigned, SizeIs(1));
  wire::Done done;
  done.add_leases(assigned[0].runs(0).leases(0));
  done.add_outcomes(kDoneDied);
  done.add_run_us(0);
  done.mutable_lengths()->set_count(1);
  life.say("w", done);
}

TEST(BrokerPortJournal, brings_a_forwarded_job_back_to_where_it_was) {
  Records records;
  {
    Life first(records, 1, kStart);
    first.greet();
    wire::SubmitRun unit;
    unit.set_unit(true);
    first.submit(1, unit);
    wire::Hello worker;
    worker.set_role(wire::ROLE_WORKER);
    worker.set_key(7);
    worker.mutable_worker()->add_queues("q");
    worker.mutable_worker()->set_slots(1);
    worker.mutable_worker()->set_weight(1);
    const auto assigned = only<wire::Assign>(first.say("w", worker));
    ASSERT_THAT(assigned, SizeIs(1));
    wire::Done done;
    done.add_leases(assigned[0].runs(0).leases(0));
    done.add_outcomes(kDoneForwarded);
    done.add_forward_queues("later");
    done.add_forward_states("red");
    done.add_run_us(0);
    done.mutable_lengths()->set_count(1);
    done.mutable_lengths()->set_equal(4);
    first.say("w", done, "more");
  }
  // As the store gives them back.
  std::ranges::stable_sort(records.all, {}, &store::Record::job);
  Records next;
  Life second(next, 2, kStart);
  for (const store::Record& record : records.all) EXPECT_TRUE(second.port().restore(record));
  EXPECT_EQ(second.port().restored().value_or(0), 2u);
  wire::Hello worker;
  worker.set_role(wire::ROLE_WORKER);
  worker.set_key(8);
  worker.mutable_worker()->add_queues("later");
  worker.mutable_worker()->set_slots(1);
  worker.mutable_worker()->set_weight(1);
  const auto heard = second.say("w", worker);
  const auto assigned = only<wire::Assign>(heard);
  ASSERT_THAT(assigned, SizeIs(1));
  EXPECT_EQ(assigned[0].runs(0).state(), "red");
  EXPECT_EQ(assigned[0].runs(0).attempt() >> 16, 1u);
  EXPECT_FALSE(assigned[0].runs(0).unit());  // what a stage forwards is none any more
  EXPECT_EQ(wire::open(heard.back())->block, "more");
}

TEST(BrokerPortJournal, writes_the_end_only_of_a_job_that_changes_and_goes_in_one_step) {
  Records records;
  Life life(records, 1, kStart, {.max_deaths = 1, .max_quarantined_jobs = 0});
  life.greet();
  life.submit(1);
  lose_one(life);
  wire::Received received;
  received.add_receipts()->set_first_sequence(1);
  received.mutable_receipts(0)->set_count(1);
  life.say("x", received);
  EXPECT_THAT(kinds(records), ElementsAre(RecordKind::Submitted, RecordKind::Submitted,
                                          RecordKind::Forgotten, RecordKind::Forgotten));
}

TEST(BrokerPortJournal, brings_back_who_has_a_key) {
  Records records;
  wire::Submit message;
  wire::SubmitRun& run = *message.add_runs();
  run.set_first_sequence(1);
  run.set_queue("q");
  run.set_key("k");
  run.set_durability(wire::DURABILITY_JOURNAL);
  run.mutable_lengths()->set_count(1);
  {
    Life first(records, 1, kStart);
    first.greet();
    first.say("x", message);
  }
  Records next;
  Life second(next, 2, kStart);
  for (const store::Record& record : records.all) EXPECT_TRUE(second.port().restore(record));
  EXPECT_TRUE(second.port().restored());
  second.greet(1);
  run.set_first_sequence(7);
  const auto rejected = only<wire::Rejected>(second.say("x", message));
  ASSERT_THAT(rejected, SizeIs(1));
  EXPECT_EQ(rejected[0].code(), "duplicate_key");
  EXPECT_EQ(rejected[0].original().sequence(), 1u);
}

TEST(BrokerPortJournal, refuses_by_name_while_it_is_behind_or_fails) {
  Records records;
  Life life(records, 1, kStart);
  life.greet();
  records.behind = true;
  auto rejected = only<wire::Rejected>(life.submit(1));
  ASSERT_THAT(rejected, SizeIs(1));
  EXPECT_EQ(rejected[0].code(), "journal_behind");
  EXPECT_EQ(rejected[0].retry_after_ms(), 1000u);
  records.behind = false;
  life.port().journal_failing(life.now(), {ErrorCode::JournalFull, "no space left on /data"});
  rejected = only<wire::Rejected>(life.submit(3));
  ASSERT_THAT(rejected, SizeIs(1));
  EXPECT_EQ(rejected[0].code(), "journal_full");
  EXPECT_THAT(rejected[0].text(), HasSubstr("no space left on /data"));
  EXPECT_GT(rejected[0].retry_after_ms(), 0u);
  life.port().persisted(life.now(), 0);
  EXPECT_THAT(only<wire::Rejected>(life.submit(5)), IsEmpty());
}

TEST(BrokerPortJournal, that_cannot_be_read_is_an_error) {
  Records records;
  Life life(records, 1, kStart);
  EXPECT_FALSE(life.port().restore({{99, 1}, RecordKind::Submitted, "\xff\xff"}));
}

TEST(Broker, goes_on_with_its_journal_after_a_restart) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("steelyard-journal-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  BrokerOptions options;
  options.listen = {"ipc://" + (folder / "broker").string()};
  options.journal_file = folder / "jobs.journal";
  auto first = std::make_unique<RunningBroker>(options);
  Client client({.endpoint = first->endpoint()});
  std::vector<Future<std::string>> futures;
  std::vector<JobId> jobs;
  for (int i = 0; i < 3; ++i) {
    futures.push_back(client.submit("q", std::to_string(i), {.durability = Durability::Journal}));
    jobs.push_back({client.session(), futures.back().id()});
  }
  ASSERT_TRUE(client.wait_acknowledged(jobs, kPatience));
  EXPECT_FALSE(Broker::open(options)) << "two brokers have one journal";
  first->stop_and_wait();
  first.reset();

  std::uint64_t recovered = 0;
  options.recovered = [&](std::uint64_t count, std::chrono::milliseconds) { recovered = count; };
  const RunningBroker second(options);
  EXPECT_EQ(recovered, 3u);
  const RunningWorker worker(
      {.endpoint = second.endpoint()}, "q",
      [](const Work& work, WorkerState&) { return "done:" + std::string(work.payload); });
  for (std::size_t i = 0; i < futures.size(); ++i) {
    EXPECT_EQ(futures[i].wait(), "done:" + std::to_string(i));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
