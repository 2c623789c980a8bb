#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "steelyard/runtime/zmq/test_parts.hpp"

/// A client that a loop of the program's own works.
namespace steelyard {
namespace {

using std::chrono::milliseconds;
using zmq_runtime::echo;
using zmq_runtime::kPatience;
using zmq_runtime::RunningBroker;
using zmq_runtime::RunningWorker;
using Kind = Completion::Kind;

class LoopedClient : public testing::Test {
 protected:
  LoopedClient()
      : context_(std::make_shared<Context>()),
        broker_({.listen = {"inproc://broker"}, .context = context_}),
        client_({.endpoint = "inproc://broker",
                 .request_timeout = milliseconds(200),
                 .own_thread = false,
                 .context = context_}) {}

  std::unique_ptr<RunningWorker> start_worker() {
    return std::make_unique<RunningWorker>(
        RemoteWorkerOptions{.endpoint = "inproc://broker", .name = "w", .context = context_}, "q",
        echo);
  }

  /// Works, and waits at the descriptors, as a loop would.
  void work_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      const auto again = client_.work();
      for (Completion& completion : queue_.take_ready()) {
        completions_.push_back(std::move(completion));
      }
      if (done() || std::chrono::steady_clock::now() >= deadline) break;
      std::vector<pollfd> watched;
      for (const int descriptor : client_.descriptors()) watched.push_back({descriptor, POLLIN, 0});
      const auto left = std::chrono::ceil<milliseconds>(again - std::chrono::steady_clock::now());
      ::poll(watched.data(), watched.size(), static_cast<int>(std::max(left.count(), 0L)));
    }
    EXPECT_TRUE(done());
  }
  /// As `work_until` for another client, without waiting at its descriptors: `done` may be about
  /// the clock.
  void turn_until(Client& client, const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      client.work();
      for (Completion& completion : queue_.take_ready()) {
        completions_.push_back(std::move(completion));
      }
      std::this_thread::yield();
    }
    EXPECT_TRUE(done());
  }
  JobId submit(std::vector<std::string> payloads, const RemoteJobOptions& options,
               std::vector<std::uint64_t> tags) {
    const std::vector<std::string_view> views(payloads.begin(), payloads.end());
    return client_.submit_batch("q", views, options, queue_, tags);
  }
  std::vector<Kind> kinds() const {
    std::vector<Kind> kinds;
    for (const Completion& completion : completions_) kinds.push_back(completion.kind);
    return kinds;
  }

  std::shared_ptr<Context> context_;
  RunningBroker broker_;
  CompletionQueue queue_;
  Client client_;
  std::vector<Completion> completions_;
};

TEST_F(LoopedClient, gets_answers_under_tags_of_their_own) {
  const auto worker = start_worker();
  submit({"a", "b", "c"}, {}, {70, 5, 31});
  work_until([&] { return completions_.size() == 3; });
  std::map<std::uint64_t, std::string> results;
  for (const Completion& completion : completions_) results[completion.tag] = *completion.result;
  EXPECT_EQ(results,
            (std::map<std::uint64_t, std::string>{{70, "echo:a"}, {5, "echo:b"}, {31, "echo:c"}}));
}

TEST_F(LoopedClient, hears_that_the_broker_has_a_job_and_that_nobody_serves_its_queue) {
  const JobId job = submit({"a"}, {.tell_acknowledged = true}, {7});
  work_until([&] { return completions_.size() == 1; });
  EXPECT_EQ(completions_[0].kind, Kind::Acknowledged);
  EXPECT_EQ(completions_[0].tag, 7U);
  EXPECT_EQ(completions_[0].number, job.sequence);
  EXPECT_TRUE(completions_[0].unserved);
  const auto worker = start_worker();
  work_until([&] { return completions_.size() == 2; });
  EXPECT_EQ(completions_[1].result, "echo:a");
}

TEST_F(LoopedClient, hears_of_an_acknowledgement_before_the_answer) {
  const auto worker = start_worker();
  const JobId job = submit({"fail"}, {.tell_acknowledged = true}, {7});
  work_until([&] { return !completions_.empty() && completions_.back().kind == Kind::Answer; });
  EXPECT_EQ(kinds(), (std::vector{Kind::Acknowledged, Kind::Answer}));
  EXPECT_EQ(completions_[1].result.error().code, ErrorCode::WorkFailed);
  EXPECT_EQ(completions_[1].number, job.sequence);
}

TEST_F(LoopedClient, hears_of_a_refused_job_only_the_refusal) {
  submit({"a"}, {.durability = Durability::Journal, .tell_acknowledged = true}, {7});
  work_until([&] { return !completions_.empty(); });
  EXPECT_EQ(kinds(), std::vector{Kind::Answer});
  EXPECT_EQ(completions_[0].result.error().code, ErrorCode::NotJournalled);
  EXPECT_EQ(completions_[0].number, 0U) << "there is no such job at the broker";
}

TEST_F(LoopedClient, is_told_how_jobs_stand_and_what_became_of_those_it_cancels) {
  const JobId job = submit({"a"}, {}, {7});
  std::vector<JobStatus> told;
  client_.get_then({job, {1, 1}}, [&](auto came) { told = came.value(); });
  work_until([&] { return !told.empty(); });
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].standing, Standing::Queued);
  EXPECT_EQ(told[1].standing, Standing::Unknown);
  std::vector<Cancellation> cancelled;
  client_.cancel_then({job}, milliseconds(10'000), [&](auto came) { cancelled = came.value(); });
  work_until([&] { return !cancelled.empty() && !completions_.empty(); });
  EXPECT_EQ(cancelled[0].was, Standing::Queued);
  EXPECT_EQ(cancelled[0].now, Standing::Cancelled);
  EXPECT_EQ(completions_[0].result.error().code, ErrorCode::Cancelled);
}

TEST_F(LoopedClient, cancels_without_anybody_being_told) {
  const JobId job = submit({"a"}, {}, {7});
  client_.cancel_then({job}, milliseconds(10'000), {});
  work_until([&] { return !completions_.empty(); });
  EXPECT_EQ(completions_[0].result.error().code, ErrorCode::Cancelled);
}

TEST_F(LoopedClient, cancels_at_once_what_no_broker_has) {
  Client lonely({.endpoint = "inproc://nobody", .own_thread = false, .context = context_});
  const std::string_view payload = "a";
  const std::uint64_t tag = 7;
  const JobId job =
      lonely.submit_batch("q", {&payload, 1}, {.tell_acknowledged = true}, queue_, {&tag, 1});
  lonely.work();
  std::optional<Cancellation> told;
  lonely.cancel_then({job}, milliseconds(10'000), [&](auto came) { told = came.value().at(0); });
  lonely.work();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->now, Standing::Cancelled);
  const auto answers = queue_.take_ready();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].result.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(answers[0].number, 0U) << "no broker has taken it in";
}

TEST_F(LoopedClient, cancels_with_the_next_broker_what_a_former_one_had_however_late_it_comes) {
  BrokerOptions options{.listen = {"tcp://127.0.0.1:0"}, .context = context_};
  options.limits.worker_lost_after = milliseconds(1'200);
  auto first = std::make_unique<RunningBroker>(options);
  options.listen = {first->endpoint()};
  Client client({.endpoint = options.listen.front(),
                 .request_timeout = milliseconds(20),
                 .own_thread = false,
                 .context = context_});
  const std::string_view payload = "a";
  const std::uint64_t tag = 7;
  const JobId job =
      client.submit_batch("q", {&payload, 1}, {.tell_acknowledged = true}, queue_, {&tag, 1});
  turn_until(client, [&] { return completions_.size() == 1; });
  first.reset();  // ends at once, as if it was killed
  turn_until(client, [&] { return !client.stats().connected; });
  client.cancel_then({job}, milliseconds(1), {});
  const auto long_after = std::chrono::steady_clock::now() + milliseconds(200);
  turn_until(client, [&] { return std::chrono::steady_clock::now() > long_after; });
  EXPECT_EQ(completions_.size(), 1U);
  const RunningBroker second(options);
  turn_until(client, [&] { return completions_.size() == 2; });
  EXPECT_EQ(completions_[1].result.error().code, ErrorCode::Cancelled);
}

TEST_F(LoopedClient, does_not_fill_the_broker_with_one_cancel_that_waits_for_long) {
  BrokerOptions options{.listen = {"inproc://narrow"}, .context = context_};
  options.limits.max_pending_cancels = 8;
  const RunningBroker broker(options);
  std::promise<void> begun;
  std::promise<void> may_end;
  const RunningWorker worker({.endpoint = "inproc://narrow", .name = "w", .context = context_}, "q",
                             [&](const Work&, WorkerState&) {
                               begun.set_value();
                               may_end.get_future().wait_for(kPatience);
                               return std::string("done");
                             });
  Client client({.endpoint = "inproc://narrow",
                 .request_timeout = milliseconds(10),
                 .own_thread = false,
                 .context = context_});
  const std::string_view payload = "a";
  const std::uint64_t tag = 7;
  const JobId job = client.submit_batch("q", {&payload, 1}, {}, queue_, {&tag, 1});
  auto has_begun = begun.get_future();
  turn_until(client,
             [&] { return has_begun.wait_for(milliseconds(0)) == std::future_status::ready; });
  std::optional<Cancellation> told;
  client.cancel_then({job}, milliseconds(60'000), [&](auto came) { told = came.value().at(0); });
  const auto long_after = std::chrono::steady_clock::now() + milliseconds(400);
  turn_until(client, [&] { return told || std::chrono::steady_clock::now() > long_after; });
  EXPECT_FALSE(told);
  may_end.set_value();
  turn_until(client, [&] { return told.has_value(); });
  EXPECT_EQ(told->now, Standing::Finished);
}

TEST_F(LoopedClient, asks_for_reports_and_drains_workers) {
  std::optional<Result<std::string>> report;
  client_.query_then("queues", milliseconds(10'000), [&](auto came) { report = came; });
  std::optional<Result<void>> drained;
  client_.drain_then("nobody", [&](auto came) { drained = came; });
  work_until([&] { return report && drained; });
  EXPECT_THAT(report->value(), testing::HasSubstr("\"rows\""));
  EXPECT_EQ(drained->error().code, ErrorCode::InvalidArgument);
}

TEST_F(LoopedClient, rests_after_its_questions_were_answered) {
  std::optional<Result<std::string>> report;
  const auto answered_late = std::chrono::steady_clock::now() + milliseconds(200);
  client_.query_then("queues", milliseconds(200), [&](auto came) { report = came; });
  work_until([&] { return report && std::chrono::steady_clock::now() > answered_late; });
  ASSERT_TRUE(*report) << report->error().context;
  EXPECT_GT(client_.work(), std::chrono::steady_clock::now());
}

TEST_F(LoopedClient, asks_for_a_job_to_be_let_out_of_quarantine) {
  std::optional<Result<Standing>> told;
  client_.quarantine_then({client_.session(), 1}, true, [&](auto came) { told = came; });
  work_until([&] { return told.has_value(); });
  EXPECT_EQ(told->error().code, ErrorCode::InvalidArgument);
}

TEST_F(LoopedClient, is_told_when_nobody_answers) {
  Client lonely({.endpoint = "inproc://nobody",
                 .request_timeout = milliseconds(20),
                 .request_tries = 2,
                 .own_thread = false,
                 .context = context_});
  std::optional<Result<std::vector<JobStatus>>> told;
  lonely.get_then({{1, 1}}, [&](auto came) { told = came; });
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!told && std::chrono::steady_clock::now() < deadline) lonely.work();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error().code, ErrorCode::NotConnected);
}

TEST_F(LoopedClient, may_wait_for_what_it_asks_as_any_other) {
  const JobId job = submit({"a"}, {}, {7});
  EXPECT_TRUE(client_.connect(kPatience));
  EXPECT_EQ(client_.get(job).value().standing, Standing::Queued);
  EXPECT_EQ(client_.cancel(job).value().now, Standing::Cancelled);
  EXPECT_TRUE(client_.close(kPatience));
}

}  // namespace
}  // namespace steelyard
