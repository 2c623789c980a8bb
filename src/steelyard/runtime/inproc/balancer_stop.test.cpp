#include <atomic>
#include <filesystem>
#include <latch>
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
  stop_under_load(0, answered);
  const std::size_t threads = entries("/proc/self/task");
  const std::size_t descriptors = entries("/proc/self/fd");
  for (int round = 1; round < 1000; ++round) stop_under_load(round, answered);
  EXPECT_EQ(answered, 60'000);
  EXPECT_EQ(entries("/proc/self/task"), threads);
  EXPECT_EQ(entries("/proc/self/fd"), descriptors);
}

}  // namespace
}  // namespace steelyard
