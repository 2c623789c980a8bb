#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// What is counted and told: limits, statistics, books, observers.
namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What an observer heard, by job.
class Diary final : public Observer {
 public:
  void submitted(JobNumber job) override { write(job, "submitted"); }
  void started(JobNumber job, WorkerId) override { write(job, "started"); }
  void finished(JobNumber job, WorkerId, AttemptEnding how) override {
    if (how == AttemptEnding::Finished) write(job, "finished");
    if (how == AttemptEnding::Failed) write(job, "failed");
    if (how == AttemptEnding::Retry) write(job, "retry");
  }
  void returned(JobNumber job, std::optional<ErrorCode> error) override {
    write(job, "returned " + std::string(error ? to_string(*error) : "result"));
  }
  std::vector<std::string> of(JobNumber job) {
    const std::lock_guard lock(mutex_);
    return entries_[job];
  }

 private:
  void write(JobNumber job, std::string what) {
    const std::lock_guard lock(mutex_);
    entries_[job].push_back(std::move(what));
  }
  std::mutex mutex_;
  std::map<JobNumber, std::vector<std::string>> entries_;
};

TEST(Observer, hears_the_life_of_each_request_in_order) {
  const auto diary = std::make_shared<Diary>();
  BalancerOptions options{.workers = 1, .observer = diary};
  options.limits.max_attempts = 2;
  Balancer balancer(options);
  const auto good = balancer.submit([] { return 1; });
  const auto bad = balancer.submit([] { throw std::runtime_error("no"); });
  const auto stubborn = balancer.submit([] { throw RetryableError("not yet"); });
  const auto misnamed = balancer.submit({.queue = "-"}, [] {});
  balancer.drain();
  EXPECT_THAT(diary->of(good.id()),
              ElementsAre("submitted", "started", "finished", "returned result"));
  EXPECT_THAT(diary->of(bad.id()),
              ElementsAre("submitted", "started", "failed", "returned work_failed"));
  EXPECT_THAT(diary->of(stubborn.id()), ElementsAre("submitted", "started", "retry", "started",
                                                    "retry", "returned attempts_exhausted"));
  EXPECT_THAT(diary->of(misnamed.id()), ElementsAre("submitted", "returned invalid_name"));
  balancer.stop();
  const auto late = balancer.submit([] {});
  EXPECT_THAT(diary->of(late.id()), ElementsAre("submitted", "returned stopped"));
}

TEST(Observer, that_always_throws_disturbs_nobody) {
  class Grumbler final : public Observer {
    void submitted(JobNumber) override { throw std::runtime_error("submitted"); }
    void started(JobNumber, WorkerId) override { throw 1; }
    void finished(JobNumber, WorkerId, AttemptEnding) override { throw 2; }
    void returned(JobNumber, std::optional<ErrorCode>) override { throw 3; }
  };
  Balancer balancer({.observer = std::make_shared<Grumbler>()});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(balancer.submit([i] { return i; }).wait(), i);
  balancer.stop();
  EXPECT_EQ(balancer.submit([] { return 1; }).wait().error().code, ErrorCode::Stopped);
}

TEST(Limits, are_answered_at_once_also_while_every_worker_is_busy) {
  BalancerOptions options{.workers = 1};
  options.limits.max_queued_jobs = 3;
  options.limits.max_queued_jobs_per_user = 2;
  Balancer balancer(options);
  std::latch begun(1);
  std::latch go_on(1);
  balancer.post([&] {
    begun.count_down();
    go_on.wait();
  });
  begun.wait();
  const JobOptions of_ann{.user = "ann"};
  auto first = balancer.submit(of_ann, [] {});
  auto second = balancer.submit(of_ann, [] {});
  const auto over = balancer.submit(of_ann, [] {}).wait();
  EXPECT_EQ(over.error().code, ErrorCode::UserOverLimit);
  EXPECT_THAT(over.error().context, HasSubstr("max_queued_jobs_per_user = 2"));
  auto last = balancer.submit([] {});
  const auto full = balancer.submit([] {}).wait();
  EXPECT_EQ(full.error().code, ErrorCode::QueueFull);
  EXPECT_THAT(full.error().context, HasSubstr("max_queued_jobs = 3"));
  std::vector<int> elements(5);
  for (auto& future : balancer.submit_batch([](int) {}, elements)) {
    EXPECT_EQ(future.wait().error().code, ErrorCode::QueueFull);
  }
  go_on.count_down();
  EXPECT_TRUE(first.wait() && second.wait() && last.wait());
  EXPECT_EQ(balancer.stats().refused, 7U);
}

TEST(Limits, of_names_and_lanes_are_answers) {
  BalancerOptions options{.workers = 0, .max_names = 3};
  options.limits.max_lanes = 2;
  Balancer balancer(options);
  std::vector<Future<void>> futures;
  for (const char* state : {"a", "b", "c", "d"}) {
    futures.push_back(balancer.submit({.state = state}, [] {}));
  }
  EXPECT_EQ(futures[2].wait().error().code, ErrorCode::TooManyLanes);
  EXPECT_EQ(futures[3].wait().error().code, ErrorCode::TooManyNames);
  EXPECT_FALSE(futures[0].ready() || futures[1].ready());
}

TEST(Limits, of_the_options_are_checked) {
  EXPECT_EQ(Balancer::make({.max_inbox_jobs = 0}).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(Balancer::make({.max_names = 0}).error().code, ErrorCode::InvalidArgument);
  BalancerOptions crowded{.workers = 3};
  crowded.limits.max_workers = 2;
  EXPECT_EQ(Balancer::make(crowded).error().code, ErrorCode::TooManyWorkers);
}

TEST(Inbox, of_one_job_holds_nobody_up) {
  Balancer balancer({.workers = 2, .max_inbox_jobs = 1});
  std::vector<std::jthread> requesters;
  for (int requester = 0; requester < 3; ++requester) {
    requesters.emplace_back([&balancer] {
      std::vector<Future<int>> futures;
      for (int i = 0; i < 3000; ++i) futures.push_back(balancer.submit([i] { return i; }));
      for (int i = 0; i < 3000; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].wait(), i);
    });
  }
}

TEST(Books, and_requesters_agree_by_number) {
  BalancerOptions options{.workers = 2, .record_numbers = true};
  options.limits.retry_first = std::chrono::microseconds(10);
  Balancer balancer(options);
  std::mutex mutex;
  NumberSet sent;
  NumberSet received;
  std::vector<std::jthread> requesters;
  for (int requester = 0; requester < 3; ++requester) {
    requesters.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto future = balancer.submit([i] { return i % 7 == 0 ? throw RetryableError("no") : i; });
        const std::uint64_t number = future.id();
        const auto result = future.wait();
        EXPECT_EQ(result.has_value(), i % 7 != 0);
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(sent.insert(number));
        EXPECT_TRUE(received.insert(number));
      }
    });
  }
  requesters.clear();
  balancer.drain();
  const BalancerBooks books = balancer.books();
  EXPECT_EQ(books.dispatched, sent);
  EXPECT_EQ(books.completed, received);
  const BalancerStats stats = balancer.stats();
  EXPECT_TRUE(stats.jobs.balanced() && stats.attempts.balanced());
  EXPECT_EQ(stats.jobs.accepted, 1500U);
  EXPECT_EQ(stats.jobs.finished, 1500U - 3 * 72);
  EXPECT_EQ(stats.jobs.failed, 3U * 72);
  EXPECT_EQ(stats.attempts_run, stats.attempts.dispatched);
  EXPECT_EQ(stats.attempts.dispatched, 1500U + 2 * 3 * 72);
}

TEST(Books, are_empty_unless_they_are_asked_for) {
  Balancer balancer;
  EXPECT_TRUE(balancer.submit([] {}).wait());
  balancer.drain();
  EXPECT_EQ(balancer.books().completed.size(), 0U);
}

TEST(Drain, waits_for_all_that_was_submitted_and_nothing_else) {
  Balancer balancer({.workers = 2});
  balancer.drain();
  std::vector<Future<int>> futures;
  for (int i = 0; i < 1000; ++i) futures.push_back(balancer.submit([i] { return i; }));
  std::jthread another([&balancer] { balancer.drain(); });
  balancer.drain();
  for (auto& future : futures) EXPECT_TRUE(future.ready());
}

}  // namespace
}  // namespace steelyard
