#include "steelyard/gateway/broker_link.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_parts.hpp"

/// A link to a real broker over inproc://, run by the test's own loop.
namespace steelyard::gateway {
namespace {

using std::chrono::milliseconds;
using zmq_runtime::echo;
using zmq_runtime::kPatience;
using zmq_runtime::RunningBroker;
using zmq_runtime::RunningWorker;

struct Waiter : JobWaiter {
  void on_acknowledged(const JobId& id) override { acknowledged = id; }
  void on_unserved() override { unserved = true; }
  void on_news(const Completion& completion) override {
    if (completion.kind == Completion::Kind::Partial) partials += *completion.result;
  }
  void on_answer(Result<std::string> result, const JobTimes&) override {
    answers.push_back(std::move(result));
    if (then) then();
  }

  std::optional<JobId> acknowledged;
  bool unserved = false;
  std::string partials;
  std::vector<Result<std::string>> answers;
  std::function<void()> then;
};

class BrokerLinkTest : public testing::Test {
 protected:
  BrokerLinkTest()
      : context_(std::make_shared<Context>()),
        broker_({.listen = {"inproc://broker"}, .context = context_}),
        link_(std::make_unique<BrokerLink>(io_, options())) {}

  ClientOptions options(std::uint32_t max_unfinished_jobs = 100'000) {
    return {.endpoint = "inproc://broker",
            .max_unfinished_jobs = max_unfinished_jobs,
            .context = context_};
  }
  std::unique_ptr<RunningWorker> start_worker(TaskFunction task = echo) {
    return std::make_unique<RunningWorker>(
        RemoteWorkerOptions{.endpoint = "inproc://broker", .name = "w", .context = context_}, "q",
        std::move(task));
  }
  std::shared_ptr<Waiter> submit(const std::string& payload, RemoteJobOptions job_options = {},
                                 bool tell_acknowledged = false) {
    auto waiter = std::make_shared<Waiter>();
    job_options.tell_acknowledged = tell_acknowledged;
    ticket_ = link_->submit({"q", payload, std::move(job_options)}, waiter);
    return waiter;
  }
  void run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < deadline) io_.run_one_until(deadline);
    EXPECT_TRUE(done());
  }
  /// How the broker counts the jobs of the queue.
  bool all_are(std::string_view standing, int count) {
    std::optional<std::string> report;
    link_->query("queues", [&](Result<std::string> came) { report = came.value_or("none"); });
    run_until([&] { return report.has_value(); });
    return report->find('"' + std::string(standing) + "\":" + std::to_string(count)) !=
           std::string::npos;
  }

  boost::asio::io_context io_{1};
  std::shared_ptr<Context> context_;
  RunningBroker broker_;
  std::unique_ptr<BrokerLink> link_;
  BrokerLink::Ticket ticket_ = 0;
};

TEST_F(BrokerLinkTest, answers_jobs_of_several_kinds_each_to_its_waiter) {
  const auto worker = start_worker();
  std::vector<std::shared_ptr<Waiter>> waiters;
  for (int i = 0; i < 30; ++i) {
    waiters.push_back(submit(std::to_string(i), {.user = i % 3 == 0 ? "ada" : ""}));
  }
  EXPECT_EQ(link_->unanswered(), 30U);
  run_until([&] { return link_->unanswered() == 0; });
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(waiters[i]->answers.size(), 1U);
    EXPECT_EQ(waiters[i]->answers[0], "echo:" + std::to_string(i));
  }
  EXPECT_TRUE(link_->is_connected());
}

TEST_F(BrokerLinkTest, tells_of_an_acknowledgement_only_who_asks) {
  const auto silent = submit("a");
  const auto told = submit("b", {}, true);
  run_until([&] { return told->acknowledged.has_value(); });
  EXPECT_TRUE(told->unserved);
  EXPECT_NE(told->acknowledged->sequence, 0U);
  EXPECT_FALSE(silent->acknowledged);
}

TEST_F(BrokerLinkTest, passes_on_the_works_error) {
  const auto worker = start_worker();
  const auto waiter = submit("fail");
  run_until([&] { return !waiter->answers.empty(); });
  EXPECT_EQ(waiter->answers[0].error().code, ErrorCode::WorkFailed);
}

TEST_F(BrokerLinkTest, never_calls_a_waiter_from_within_a_call) {
  link_ = std::make_unique<BrokerLink>(io_, options(1));
  const auto first = submit("a");
  const auto second = submit("b");
  EXPECT_TRUE(second->answers.empty());
  run_until([&] { return !second->answers.empty(); });
  EXPECT_EQ(second->answers[0].error().code, ErrorCode::SessionFull);
  EXPECT_TRUE(first->answers.empty());
}

TEST_F(BrokerLinkTest, drops_a_queued_job_that_nobody_waits_for) {
  const auto waiter = submit("a", {}, true);
  run_until([&] { return waiter->acknowledged.has_value(); });
  link_->give_up(ticket_);
  EXPECT_EQ(link_->unanswered(), 0U);
  run_until([&] { return all_are("cancelled", 1); });
  EXPECT_TRUE(waiter->answers.empty());
}

TEST_F(BrokerLinkTest, drops_a_job_that_is_given_up_in_the_turn_in_which_it_came) {
  run_until([&] { return link_->is_connected(); });
  const auto gone = submit("a");
  link_->give_up(ticket_);
  const auto stays = submit("b");
  run_until([&] { return all_are("cancelled", 1); });
  EXPECT_TRUE(all_are("queued", 1));
  EXPECT_TRUE(gone->answers.empty());
}

TEST_F(BrokerLinkTest, never_hands_in_what_was_given_up_before_there_was_a_broker) {
  const auto gone = submit("a");
  link_->give_up(ticket_);
  EXPECT_FALSE(link_->is_connected());
  const auto stays = submit("b", {}, true);
  run_until([&] { return stays->acknowledged.has_value(); });
  EXPECT_TRUE(all_are("accepted", 1));
  EXPECT_TRUE(gone->answers.empty());
}

TEST_F(BrokerLinkTest, knows_a_ticket_for_one_job_only) {
  const auto worker = start_worker();
  const auto first = submit("a");
  const BrokerLink::Ticket old = ticket_;
  run_until([&] { return !first->answers.empty(); });
  const auto second = submit("b");
  EXPECT_NE(ticket_, old);
  link_->give_up(old);
  run_until([&] { return !second->answers.empty(); });
  EXPECT_EQ(second->answers[0], "echo:b");
}

TEST_F(BrokerLinkTest, asks_a_running_job_to_stop_that_nobody_waits_for) {
  std::promise<void> begun;
  std::promise<bool> stopped;
  const auto worker = start_worker([&](const Work& work, WorkerState&) -> std::string {
    begun.set_value();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!work.stop_requested() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    stopped.set_value(work.stop_requested());
    return "";
  });
  submit("a");
  auto has_begun = begun.get_future();
  auto has_stopped = stopped.get_future();
  const auto is_there = [](auto& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  run_until([&] { return all_are("running", 1) && is_there(has_begun); });
  link_->give_up(ticket_);
  run_until([&] { return is_there(has_stopped); });
  EXPECT_TRUE(has_stopped.get());
}

TEST_F(BrokerLinkTest, streams_partial_results) {
  const auto worker = start_worker([](const Work& work, WorkerState&) {
    for (const char* part : {"one ", "two ", "three"}) static_cast<void>(work.partial(part));
    return std::string("done");
  });
  const auto waiter = submit("a", {.stream_window_bytes = 1 << 16});
  run_until([&] { return !waiter->answers.empty(); });
  EXPECT_EQ(waiter->partials, "one two three");
}

TEST_F(BrokerLinkTest, answers_questions) {
  const auto waiter = submit("a", {}, true);
  run_until([&] { return waiter->acknowledged.has_value(); });
  std::optional<Standing> standing;
  link_->get({*waiter->acknowledged}, [&](auto told) { standing = told.value().at(0).standing; });
  std::optional<Cancellation> cancelled;
  link_->cancel({*waiter->acknowledged}, milliseconds(10'000),
                [&](auto told) { cancelled = told.value().at(0); });
  std::optional<ErrorCode> drained;
  link_->drain_worker("nobody", [&](auto came) { drained = came.error().code; });
  run_until([&] { return standing && cancelled && drained; });
  EXPECT_EQ(*standing, Standing::Queued);
  EXPECT_EQ(cancelled->was, Standing::Queued);
  EXPECT_EQ(*drained, ErrorCode::InvalidArgument);
}

TEST_F(BrokerLinkTest, may_go_while_jobs_and_questions_are_on_their_way) {
  const auto waiter = submit("a");
  bool told = false;
  link_->query("queues", [&told](auto) { told = true; });
  link_.reset();
  io_.poll();
  EXPECT_FALSE(told);
  EXPECT_TRUE(waiter->answers.empty());
}

TEST_F(BrokerLinkTest, may_go_by_what_a_waiter_does) {
  const auto worker = start_worker();
  const auto first = submit("a");
  const auto second = submit("b");
  first->then = second->then = [this] { link_.reset(); };
  run_until([&] { return !link_; });
  EXPECT_EQ(first->answers.size() + second->answers.size(), 1U);
}

}  // namespace
}  // namespace steelyard::gateway
