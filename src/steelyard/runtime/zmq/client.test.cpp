#include <chrono>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "steelyard/runtime/zmq/callbacks.hpp"
#include "steelyard/runtime/zmq/test_parts.hpp"

/// What a client can do besides handing in jobs and waiting for them, over real sockets.
namespace steelyard {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using zmq_runtime::echo;
using zmq_runtime::kPatience;
using zmq_runtime::RunningBroker;
using zmq_runtime::RunningWorker;

class Conversing : public testing::Test {
 protected:
  Conversing()
      : context_(std::make_shared<Context>()),
        broker_({.listen = {"inproc://broker"}, .context = context_}) {}

  ClientOptions client_options() { return {.endpoint = "inproc://broker", .context = context_}; }
  std::unique_ptr<RunningWorker> start_worker(TaskFunction task = echo) {
    return std::make_unique<RunningWorker>(
        RemoteWorkerOptions{.endpoint = "inproc://broker", .name = "w", .context = context_}, "q",
        std::move(task));
  }
  /// Asks until the job stands so.
  static JobStatus wait_for(Client& client, const JobId& job, Standing standing) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      auto status = client.get(job);
      EXPECT_TRUE(status);
      if (status && status->standing == standing) return std::move(*status);
    }
    ADD_FAILURE() << "the job never stood so";
    return {};
  }

  std::shared_ptr<Context> context_;
  RunningBroker broker_;
};

TEST_F(Conversing, tells_how_a_job_stands_and_keeps_the_answer_of_one_that_outlives_its_client) {
  Client other(client_options());
  std::vector<JobId> jobs;
  {
    Client client(client_options());
    for (const char* payload : {"a", "fail"}) {
      const auto future = client.submit("q", payload, {.keep = true});
      jobs.push_back({client.session(), future.id()});
    }
    jobs.push_back({client.session(), 99});
    const auto told = client.get(jobs);
    ASSERT_TRUE(told);
    EXPECT_EQ((*told)[0].standing, Standing::Queued);
    EXPECT_EQ((*told)[2].standing, Standing::Unknown);
  }
  const auto worker = start_worker();
  const JobStatus done = wait_for(other, jobs[0], Standing::Finished);
  EXPECT_EQ(done.result, "echo:a");
  EXPECT_GT(done.times.waiting.count(), 0);
  const JobStatus failed = wait_for(other, jobs[1], Standing::Failed);
  EXPECT_EQ(failed.result, Result<std::string>(failure(ErrorCode::WorkFailed, "it failed")));
}

TEST_F(Conversing, cancels_what_is_queued) {
  Client client(client_options());
  auto future = client.submit("q", "a");
  const JobId job{client.session(), future.id()};
  const auto cancelled = client.cancel(job);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->was, Standing::Queued);
  EXPECT_EQ(cancelled->now, Standing::Cancelled);
  const auto answer = future.wait_for(kPatience);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::Cancelled);
  EXPECT_EQ(client.cancel(JobId{1, 1})->now, Standing::Unknown);
}

TEST_F(Conversing, asks_a_running_job_to_stop_and_says_when_it_has) {
  const auto worker = start_worker([](const Work& work, WorkerState&) -> std::string {
    while (work.partial("x")) std::this_thread::yield();
    throw StoppedError("as asked");
  });
  Client client(client_options());
  auto future = client.submit("q", "a", {.result_via_broker = true});
  const JobId job{client.session(), future.id()};
  wait_for(client, job, Standing::Running);
  const auto cancelled = client.cancel(job);
  ASSERT_TRUE(cancelled) << describe(cancelled.error());
  EXPECT_EQ(cancelled->was, Standing::Running);
  EXPECT_EQ(cancelled->now, Standing::Cancelled);
  EXPECT_EQ(future.wait().error().code, ErrorCode::Cancelled);
}

TEST_F(Conversing, streams_partial_results_before_the_answer) {
  const auto worker = start_worker([](const Work& work, WorkerState&) -> std::string {
    work.progress(50);
    for (int i = 0; i < 100; ++i) work.partial("part " + std::to_string(i) + "\n");
    return "end";
  });
  Client client(client_options());
  CompletionQueue answers;
  client.submit_batch("q", std::vector<std::string>{"a"}, {.stream_window_bytes = 64}, answers, 7);
  std::string parts;
  std::uint8_t progress = 0;
  std::optional<Result<std::string>> result;
  while (!result) {
    for (Completion& came : answers.take(kPatience)) {
      EXPECT_EQ(came.tag, 7u);
      if (came.kind == Completion::Kind::Partial) parts += *came.result;
      if (came.kind == Completion::Kind::Progress) progress = came.progress;
      if (came.kind == Completion::Kind::Answer) result = std::move(came.result);
    }
  }
  EXPECT_EQ(*result, "end");
  EXPECT_EQ(std::ranges::count(parts, '\n'), 100);
  EXPECT_EQ(progress, 50);
  EXPECT_EQ(client.stats().partials_dropped, 0u);
}

TEST_F(Conversing, a_key_is_for_one_job_and_a_future_has_no_parts) {
  Client client(client_options());
  CompletionQueue answers;
  client.submit_batch("q", {"a", "b"}, {.key = "k"}, answers, 0);
  EXPECT_EQ(answers.take(kPatience).front().result.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(client.submit("q", "a", {.stream_window_bytes = 9}).wait().error().code,
            ErrorCode::InvalidArgument);
}

TEST_F(Conversing, the_second_job_with_a_key_is_told_of_the_first) {
  Client client(client_options());
  const auto first = client.submit("q", "a", {.key = "k"});
  const std::vector<JobId> jobs{{client.session(), first.id()}};
  EXPECT_EQ(client.wait_acknowledged(jobs, kPatience), jobs);
  Client other(client_options());
  const auto again = other.submit("q", "a", {.key = "k"}).wait();
  EXPECT_EQ(again.error().code, ErrorCode::DuplicateKey);
  EXPECT_EQ(job_with_key(again.error()), jobs[0]);
  const auto conflict = other.submit("q", "b", {.key = "k"}).wait();
  EXPECT_EQ(conflict.error().code, ErrorCode::KeyConflict);
  EXPECT_EQ(job_with_key(conflict.error()), jobs[0]);
}

TEST_F(Conversing, gets_many_and_large_answers) {
  const auto worker =
      start_worker([](const Work&, WorkerState&) { return std::string(1'000'000, 'x'); });
  Client client(client_options());
  CompletionQueue answers;
  const JobId first =
      client.submit_batch("q", std::vector<std::string>(12, "a"), {.keep = true}, answers, 0);
  std::vector<JobId> jobs;
  for (std::uint64_t i = 0; i < 12; ++i) jobs.push_back({first.session, first.sequence + i});
  for (const JobId& job : jobs) wait_for(client, job, Standing::Finished);
  jobs.resize(1500);
  const auto told = client.get(jobs);
  ASSERT_TRUE(told);
  ASSERT_EQ(told->size(), 1500u);
  for (const JobStatus& status : std::span(*told).first(12)) {
    EXPECT_EQ(status.result->size(), 1'000'000u);
  }
  EXPECT_EQ(told->back().standing, Standing::Unknown);
}

TEST_F(Conversing, closes_after_the_last_answer_and_takes_no_more) {
  Client client(client_options());
  auto future = client.submit("q", "a");
  EXPECT_EQ(client.close(milliseconds(50)).error().code, ErrorCode::TimedOut);
  EXPECT_EQ(client.submit("q", "b").wait().error().code, ErrorCode::SessionEnded);
  const auto worker = start_worker();
  EXPECT_TRUE(client.close(kPatience));
  EXPECT_TRUE(future.ready());
  EXPECT_EQ(future.wait(), "echo:a");
}

TEST_F(Conversing, aborts_and_drops_what_is_queued) {
  Client client(client_options());
  Client other(client_options());
  ASSERT_TRUE(client.connect(kPatience));
  auto future = client.submit("q", "a");
  const JobId job{client.session(), future.id()};
  wait_for(other, job, Standing::Queued);
  client.abort();
  EXPECT_EQ(future.wait().error().code, ErrorCode::Cancelled);
  wait_for(other, job, Standing::Unknown);
  EXPECT_EQ(client.submit("q", "b").wait().error().code, ErrorCode::SessionEnded);
}

TEST_F(Conversing, drops_or_fails_past_the_high_water_mark) {
  ClientOptions options = client_options();
  options.max_unfinished_jobs = 2;
  options.when_full = WhenFull::Drop;
  Client dropping(options);
  options.when_full = WhenFull::Fail;
  Client failing(options);
  options.when_full = WhenFull::Block;
  options.block_timeout = milliseconds(20);
  Client blocking(options);
  const std::pair<Client*, ErrorCode> expected[] = {{&dropping, ErrorCode::Dropped},
                                                    {&failing, ErrorCode::SessionFull},
                                                    {&blocking, ErrorCode::TimedOut}};
  for (const auto& [client, code] : expected) {
    const auto kept = client->submit_batch("q", {"a", "b"});
    EXPECT_EQ(client->submit("q", "c").wait().error().code, code);
  }
  EXPECT_EQ(dropping.stats().dropped, 1u);
  EXPECT_EQ(failing.stats().submitted, 2u);
}

TEST_F(Conversing, calls_back_on_the_callers_own_thread) {
  const auto worker = start_worker();
  Client client(client_options());
  Callbacks callbacks(client);
  std::vector<std::string> came;
  std::vector<std::thread::id> threads;
  for (const char* payload : {"a", "b"}) {
    callbacks.submit("q", payload, {}, [&](Result<std::string> result) {
      came.push_back(*result);
      threads.push_back(std::this_thread::get_id());
      if (came.size() > 2) return;
      callbacks.submit("q", "again", {}, [&](Result<std::string> next) { came.push_back(*next); });
    });
  }
  pollfd readable{callbacks.descriptor(), POLLIN, 0};
  while (callbacks.waiting() > 0) {
    ASSERT_EQ(poll(&readable, 1, static_cast<int>(milliseconds(kPatience).count())), 1);
    callbacks.run(milliseconds(0));
  }
  EXPECT_THAT(came, testing::UnorderedElementsAre("echo:a", "echo:b", "echo:again", "echo:again"));
  EXPECT_THAT(threads, testing::Each(std::this_thread::get_id()));
}

TEST_F(Conversing, says_where_a_job_spent_its_time) {
  const auto worker = start_worker([](const Work&, WorkerState&) {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < milliseconds(20)) {
    }
    return std::string();
  });
  Client client(client_options());
  CompletionQueue answers;
  client.submit_batch("q", std::vector<std::string>(2, "a"), {}, answers, 0);
  std::vector<Completion> came;
  while (came.size() < 2) {
    for (Completion& completion : answers.take(kPatience)) came.push_back(std::move(completion));
  }
  EXPECT_GE(came[0].times.running, milliseconds(20));
  EXPECT_GE(came[1].times.waiting, milliseconds(20));
}

TEST_F(Conversing, drains_a_worker_by_its_name) {
  const auto worker = start_worker();
  Client client(client_options());
  EXPECT_EQ(client.submit("q", "a").wait(), "echo:a");
  EXPECT_EQ(client.drain("nobody").error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(client.drain("w"));
  EXPECT_TRUE(worker->wait());
}

TEST(JobIds, are_written_and_read) {
  const JobId id{0x0123456789abcdef, 42};
  EXPECT_EQ(id.text(), "0123456789abcdef-42");
  EXPECT_EQ(JobId::parse(id.text()), id);
  for (const char* wrong : {"", "42", "0123456789abcdef", "0123456789abcdef-", "0123456789abcdef-0",
                            "0123456789abcdeg-1", "0123456789abcdef-1x", "x0123456789abcdef-1"}) {
    EXPECT_FALSE(JobId::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace steelyard
