#include <atomic>
#include <barrier>
#include <latch>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// Workers with several slots, of several kinds, that come and go.
namespace steelyard {
namespace {

using testing::HasSubstr;

TEST(Worker, with_slots_runs_plain_jobs_beside_the_one_that_uses_its_state) {
  Balancer balancer({.workers = 0});
  ASSERT_TRUE(balancer.add_worker({.slots = 3}));
  std::latch others(2);
  auto stateful = balancer.submit([&others](WorkerState&) { others.wait(); });
  balancer.post([&others] { others.count_down(); });
  balancer.post([&others] { others.count_down(); });
  EXPECT_TRUE(stateful.wait());
}

TEST(Worker, gives_the_turn_on_its_state_in_order) {
  Balancer balancer({.workers = 0});
  ASSERT_TRUE(balancer.add_worker({.slots = 4}));
  std::latch begin(1);
  std::vector<int> seen;
  balancer.post([&begin](WorkerState&) { begin.wait(); });
  for (int i = 0; i < 100; ++i) balancer.post([&seen, i](WorkerState&) { seen.push_back(i); });
  begin.count_down();
  balancer.drain();
  ASSERT_EQ(seen.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(Worker, that_is_removed_finishes_what_it_has_and_gets_no_more) {
  Balancer balancer({.workers = 1});
  const WorkerId first = balancer.stats().workers.at(0).id;
  std::latch begun(1);
  std::latch go_on(1);
  auto held = balancer.submit([&] {
    begun.count_down();
    go_on.wait();
    return 1;
  });
  begun.wait();
  auto waiting = balancer.submit([] { return 2; });
  std::jthread remover([&] { EXPECT_TRUE(balancer.remove_worker(first)); });
  while (!balancer.stats().workers.at(0).draining) std::this_thread::yield();
  EXPECT_FALSE(balancer.remove_worker(first));
  go_on.count_down();
  remover.join();
  EXPECT_EQ(held.wait(), 1);
  EXPECT_FALSE(waiting.ready());
  ASSERT_TRUE(balancer.add_worker());
  EXPECT_EQ(waiting.wait(), 2);
}

TEST(Worker, serves_only_its_queues) {
  Balancer balancer({.workers = 1});
  auto image = balancer.submit({.queue = "images"}, [] { return std::this_thread::get_id(); });
  auto plain = balancer.submit([] { return std::this_thread::get_id(); });
  ASSERT_TRUE(plain.wait());
  EXPECT_FALSE(image.ready());
  ASSERT_TRUE(balancer.add_worker({.queues = {"images", "sounds"}}));
  auto sound = balancer.submit({.queue = "sounds"}, [] { return std::this_thread::get_id(); });
  EXPECT_EQ(image.wait(), sound.wait());
}

TEST(Worker, with_wrong_options_is_refused_with_the_reason) {
  BalancerOptions options{.workers = 1};
  options.limits.max_workers = 2;
  Balancer balancer(options);
  EXPECT_THAT(balancer.add_worker({.slots = 0}).error().context, HasSubstr("slots = 0"));
  EXPECT_THAT(balancer.add_worker({.weight = 0}).error().context, HasSubstr("weight"));
  EXPECT_FALSE(balancer.add_worker({.weight = std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_FALSE(balancer.add_worker({.queues = {}}));
  EXPECT_FALSE(balancer.add_worker({.priority_min = 2, .priority_max = 1}));
  EXPECT_EQ(balancer.add_worker({.queues = {"no name"}}).error().code, ErrorCode::InvalidName);
  ASSERT_TRUE(balancer.add_worker({.slots = 2}));
  const auto third = balancer.add_worker();
  EXPECT_EQ(third.error().code, ErrorCode::TooManyWorkers);
  EXPECT_THAT(third.error().context, HasSubstr("max_workers = 2"));
  EXPECT_EQ(balancer.submit([] { return 1; }).wait(), 1);
}

TEST(Worker, of_more_weight_gets_more_of_the_work) {
  Balancer balancer({.workers = 0});
  ASSERT_TRUE(balancer.add_worker({.slots = 4, .weight = 1.0}));
  ASSERT_TRUE(balancer.add_worker({.slots = 4, .weight = 3.0}));
  std::latch all(4);
  std::latch go_on(1);
  for (int i = 0; i < 4; ++i) {
    balancer.post([&] {
      all.count_down();
      go_on.wait();
    });
  }
  all.wait();
  const auto workers = balancer.stats().workers;
  go_on.count_down();
  EXPECT_EQ(workers.at(0).assigned, 1U);
  EXPECT_EQ(workers.at(1).assigned, 3U);
}

TEST(Workers, come_and_go_while_several_requesters_are_served) {
  Balancer balancer({.workers = 1});
  std::atomic<bool> enough = false;
  std::atomic<int> served = 0;
  std::vector<std::jthread> requesters;
  for (int i = 0; i < 3; ++i) {
    requesters.emplace_back([&] {
      while (!enough) {
        std::vector<Future<int>> futures;
        for (int n = 0; n < 20; ++n) futures.push_back(balancer.submit([n] { return n; }));
        for (int n = 0; n < 20; ++n) EXPECT_EQ(futures[static_cast<std::size_t>(n)].wait(), n);
        ++served;
      }
    });
  }
  std::vector<std::jthread> managers;
  for (int i = 0; i < 2; ++i) {
    managers.emplace_back([&] {
      for (int n = 0; n < 40; ++n) {
        const auto added = balancer.add_worker({.slots = 2});
        ASSERT_TRUE(added);
        ASSERT_TRUE(balancer.remove_worker(*added));
      }
    });
  }
  managers.clear();
  enough = true;
  requesters.clear();
  balancer.drain();
  const BalancerStats stats = balancer.stats();
  EXPECT_EQ(stats.workers.size(), 1U);
  EXPECT_EQ(stats.jobs.finished, static_cast<std::uint64_t>(20 * served));
  EXPECT_EQ(stats.attempts_run, stats.attempts.dispatched);
}

TEST(Balancer, may_have_the_only_worker_replaced_while_jobs_wait) {
  Balancer balancer({.workers = 1});
  std::vector<Future<int>> futures;
  for (int i = 0; i < 5000; ++i) futures.push_back(balancer.submit([i] { return i; }));
  const WorkerId old = balancer.stats().workers.at(0).id;
  ASSERT_TRUE(balancer.remove_worker(old));
  ASSERT_TRUE(balancer.add_worker());
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].wait(), i);
}

TEST(WorkerDeathTest, removed_by_its_own_job_is_a_programmers_error) {
  EXPECT_DEATH(
      {
        Balancer balancer({.workers = 1});
        (void)balancer.submit([&] { (void)balancer.remove_worker(WorkerId{0}); }).wait();
      },
      "assertion failed");
}

}  // namespace
}  // namespace steelyard
