#include <atomic>
#include <chrono>
#include <filesystem>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// Stopping is clean: every future is resolved, and nothing is left.
namespace steelyard {
namespace {

std::size_t entries(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Whether the number of threads becomes `wanted`: one that was joined may still be listed while
/// the system puts it away.
bool threads_become(std::size_t wanted) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (entries("/proc/self/task") != wanted) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(Stop, returns_what_is_queued_as_not_done_and_finishes_what_runs) {
  Balancer balancer({.workers = 1});
  std::latch begun(1);
  std::latch go_on(1);
  auto running = balancer.submit([&] {
    begun.count_down();
    go_on.wait();
    return 1;
  });
  auto queued = balancer.submit([] { return 2; });
  begun.wait();
  std::jthread stopper([&balancer] { balancer.stop(); });
  EXPECT_EQ(queued.wait().error().code, ErrorCode::Stopped);
  go_on.count_down();
  EXPECT_EQ(running.wait(), 1);
  stopper.join();
  EXPECT_EQ(balancer.submit([] { return 3; }).wait().error().code, ErrorCode::Stopped);
}

TEST(Stop, futures_outlive_the_balancer) {
  std::vector<Future<int>> futures;
  {
    Balancer balancer({.workers = 1});
    for (int i = 0; i < 100; ++i) futures.push_back(balancer.submit([i] { return i; }));
  }
  for (std::size_t i = 0; i < futures.size(); ++i) {
    const auto result = futures[i].wait();
    EXPECT_TRUE(result == static_cast<int>(i) || result.error().code == ErrorCode::Stopped);
  }
}

TEST(Stop, resolves_every_future_of_requesters_that_go_on_submitting) {
  for (int round = 0; round < 100; ++round) {
    Balancer balancer({.workers = 2});
    std::latch flowing(3);
    std::vector<std::jthread> requesters;
    std::atomic<int> refused = 0;
    for (int i = 0; i < 3; ++i) {
      requesters.emplace_back([&] {
        std::vector<Future<int>> futures;
        for (int n = 0; n < 300; ++n) {
          if (n == 50) flowing.count_down();
          futures.push_back(balancer.submit([n] { return n; }));
        }
        for (int n = 0; n < 300; ++n) {
          const auto result = futures[static_cast<std::size_t>(n)].wait();
          EXPECT_TRUE(!result || *result == n);
          if (!result && result.error().code == ErrorCode::Stopped) ++refused;
        }
      });
    }
    flowing.wait();
    balancer.stop();
    requesters.clear();
    const BalancerStats stats = balancer.stats();
    EXPECT_EQ(stats.jobs.finished + stats.jobs.cancelled + stats.refused, 900U);
    EXPECT_EQ(stats.jobs.cancelled + stats.refused, static_cast<std::uint64_t>(refused));
    EXPECT_EQ(stats.jobs.unfinished(), 0U);
  }
}

TEST(Stop, may_be_called_by_several_threads_and_again) {
  Balancer balancer({.workers = 2});
  std::latch begun(1);
  std::latch go_on(1);
  auto running = balancer.submit([&] {
    begun.count_down();
    go_on.wait();
  });
  begun.wait();
  std::atomic<int> stopped = 0;
  {
    std::vector<std::jthread> stoppers;
    for (int i = 0; i < 4; ++i) {
      stoppers.emplace_back([&] {
        balancer.stop();
        // Whoever returns first or last, all is over.
        EXPECT_TRUE(balancer.stats().workers.empty());
        ++stopped;
      });
    }
    go_on.count_down();
  }
  balancer.stop();
  balancer.drain();
  EXPECT_EQ(stopped, 4);
  EXPECT_TRUE(running.wait());
  EXPECT_EQ(balancer.add_worker().error().code, ErrorCode::Stopped);
}

TEST(Stop, does_not_begin_another_attempt) {
  Balancer balancer({.workers = 1});
  std::latch begun(1);
  std::latch go_on(1);
  auto retrying = balancer.submit([&]() -> int {
    begun.count_down();
    go_on.wait();
    throw RetryableError("not yet");
  });
  auto queued = balancer.submit([] { return 1; });
  begun.wait();
  std::jthread stopper([&balancer] { balancer.stop(); });
  EXPECT_EQ(queued.wait().error().code, ErrorCode::Stopped);
  go_on.count_down();
  EXPECT_EQ(retrying.wait().error(), (Error{ErrorCode::AttemptsExhausted, "not yet"}));
}

TEST(Stop, lets_go_of_functions_and_arguments_that_never_ran) {
  const auto held = std::make_shared<int>(1);
  {
    Balancer balancer({.workers = 0});
    auto waiting = balancer.submit([held] { return *held; });
    balancer.post([](const std::shared_ptr<int>&) {}, held);
    EXPECT_EQ(held.use_count(), 3);
    balancer.stop();
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(waiting.wait().error().code, ErrorCode::Stopped);
  }
}

TEST(Stop, while_workers_are_added_and_removed_leaves_none) {
  for (int round = 0; round < 50; ++round) {
    Balancer balancer({.workers = 1});
    std::latch flowing(2);
    std::jthread manager([&] {
      for (int i = 0; i < 20; ++i) {
        if (i == 2) flowing.count_down();
        const auto added = balancer.add_worker({.slots = 2});
        if (added) (void)balancer.remove_worker(*added);
      }
    });
    std::jthread requester([&] {
      for (int i = 0; i < 200; ++i) {
        if (i == 20) flowing.count_down();
        balancer.post([] {});
      }
    });
    flowing.wait();
    balancer.stop();
    manager.join();
    EXPECT_TRUE(balancer.stats().workers.empty());
  }
}

TEST(StopDeathTest, by_a_work_function_is_a_programmers_error) {
  EXPECT_DEATH(
      {
        Balancer balancer({.workers = 1});
        (void)balancer.submit([&balancer] { balancer.stop(); }).wait();
      },
      "assertion failed");
}

/// One round: two requesters at work on a balancer that is stopped in the middle.
void stop_under_load(int round, std::atomic<int>& answered) {
  Balancer balancer({.workers = 2});
  std::latch flowing(2);
  const auto request = [&] {
    for (int i = 0; i < 30; ++i) {
      auto future = balancer.submit([] { return 1; });
      if (i == round % 10) flowing.count_down();
      const auto result = future.wait();
      if (result || result.error().code == ErrorCode::Stopped) ++answered;
    }
  };
  std::jthread first(request);
  std::jthread second(request);
  flowing.wait();
  balancer.stop();
}

TEST(Stop, is_clean_a_thousand_times_under_load) {
  std::atomic<int> answered = 0;
  const std::size_t threads = entries("/proc/self/task");
  stop_under_load(0, answered);
  const std::size_t descriptors = entries("/proc/self/fd");
  for (int round = 1; round < 1000; ++round) stop_under_load(round, answered);
  EXPECT_EQ(answered, 60'000);
  EXPECT_TRUE(threads_become(threads));
  EXPECT_EQ(entries("/proc/self/fd"), descriptors);
}

}  // namespace
}  // namespace steelyard
