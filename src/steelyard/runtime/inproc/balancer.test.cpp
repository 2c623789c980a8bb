#include "steelyard/runtime/inproc/balancer.hpp"

#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/strategy/simple_strategy.hpp"

namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Balancer, gives_the_result_of_any_callable_with_its_arguments) {
  Balancer balancer({.workers = 2});
  auto sum = balancer.submit([](int a, int b) { return a + b; }, 2, 3);
  auto text = balancer.submit([](const std::string& s) { return s + "!"; }, std::string("hello"));
  auto nothing = balancer.submit([] {});
  auto moved = balancer.submit([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(7));
  EXPECT_EQ(sum.wait(), 5);
  EXPECT_EQ(text.wait(), "hello!");
  EXPECT_TRUE(nothing.wait());
  EXPECT_EQ(**moved.wait(), 7);
}

TEST(Balancer, carries_the_error_to_the_requester_with_its_text) {
  Balancer balancer;
  auto failed = balancer.submit([]() -> int { throw std::runtime_error("no such model"); });
  EXPECT_EQ(failed.wait().error(), (Error{ErrorCode::WorkFailed, "no such model"}));
}

TEST(Balancer, an_error_marked_retryable_leads_to_another_attempt) {
  Balancer balancer;
  std::atomic<int> calls = 0;
  auto second = balancer.submit([&calls] {
    if (++calls < 2) throw RetryableError("not yet");
    return calls.load();
  });
  EXPECT_EQ(second.wait(), 2);
  auto never = balancer.submit([]() -> int { throw RetryableError("never"); });
  const auto exhausted = never.wait();
  ASSERT_FALSE(exhausted);
  EXPECT_EQ(exhausted.error().code, ErrorCode::AttemptsExhausted);
  EXPECT_THAT(exhausted.error().context, HasSubstr("never"));
}

TEST(Balancer, starts_the_jobs_of_one_requester_in_order_with_one_worker) {
  Balancer balancer({.workers = 1});
  std::vector<int> seen;
  for (int i = 0; i < 2000; ++i) balancer.post([&seen, i] { seen.push_back(i); });
  balancer.drain();
  std::vector<int> expected(2000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(seen, expected);
}

TEST(Balancer, higher_priority_goes_first) {
  Balancer balancer({.workers = 1});
  std::latch begin(1);
  std::vector<int> seen;
  balancer.post([&begin] { begin.wait(); });
  balancer.post({.priority = 0}, [&seen] { seen.push_back(0); });
  balancer.post({.priority = 5}, [&seen] { seen.push_back(5); });
  balancer.post({.priority = -5}, [&seen] { seen.push_back(-5); });
  begin.count_down();
  balancer.drain();
  EXPECT_THAT(seen, ElementsAre(5, 0, -5));
}

/// The loads that the seed's six jobs cause under a strategy.
std::uint64_t loads_of_six_jobs(const std::string& strategy) {
  Balancer balancer({.workers = 1, .strategy = strategy});
  std::atomic<std::uint64_t> loads = 0;
  std::latch begin(1);
  balancer.post([&begin] { begin.wait(); });
  std::vector<Future<std::string>> answers;
  for (const char* model : {"m1", "m2", "m1", "m2", "m1", "m2"}) {
    answers.push_back(balancer.submit({.state = model}, [&loads, model](WorkerState& state) {
      return state.get_or_load<std::string>(model, [&] {
        ++loads;
        return std::string(model);
      });
    }));
  }
  begin.count_down();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].wait(), i % 2 == 0 ? "m1" : "m2");
  }
  balancer.drain();
  EXPECT_EQ(balancer.stats().switches, loads);
  return loads;
}

TEST(Balancer, a_worker_keeps_its_state_and_grouping_makes_loading_rare) {
  EXPECT_EQ(loads_of_six_jobs("oldest"), 6u);
  EXPECT_EQ(loads_of_six_jobs("groups-by-state"), 2u);
}

TEST(Balancer, a_failed_load_leaves_the_worker_holding_nothing) {
  Balancer balancer({.workers = 1});
  auto failed = balancer.submit({.state = "m"}, [](WorkerState& state) {
    return state.get_or_load<int>("m", []() -> int { throw std::runtime_error("no memory"); });
  });
  EXPECT_THAT(failed.wait().error().context, HasSubstr("no memory"));
  balancer.drain();
  EXPECT_TRUE(balancer.stats().workers.at(0).states.empty());
}

TEST(Balancer, functions_that_use_the_state_run_alone_and_others_at_once) {
  Balancer balancer({.workers = 0});
  ASSERT_TRUE(balancer.add_worker({.slots = 3}));
  std::barrier<> all_at_once(3);
  for (int i = 0; i < 3; ++i) balancer.post([&all_at_once] { all_at_once.arrive_and_wait(); });
  balancer.drain();
  std::atomic<int> inside = 0;
  std::vector<Future<bool>> alone;
  for (int i = 0; i < 300; ++i) {
    alone.push_back(balancer.submit([&inside](WorkerState&) {
      const bool was_alone = inside.fetch_add(1) == 0;
      std::this_thread::yield();
      --inside;
      return was_alone;
    }));
  }
  for (auto& future : alone) EXPECT_EQ(future.wait(), true);
}

TEST(Balancer, workers_come_and_go_while_work_flows) {
  Balancer balancer({.workers = 1});
  std::atomic<bool> enough = false;
  std::atomic<int> done = 0;
  std::jthread requester([&] {
    while (!enough) {
      auto one = balancer.submit([&done] { ++done; });
      EXPECT_TRUE(one.wait());
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto added = balancer.add_worker({.slots = 2, .weight = 2.0});
    ASSERT_TRUE(added);
    ASSERT_TRUE(balancer.remove_worker(*added));
  }
  enough = true;
  requester.join();
  EXPECT_EQ(balancer.stats().workers.size(), 1u);
  EXPECT_FALSE(balancer.remove_worker(WorkerId{99}));
}

TEST(Balancer, a_worker_takes_only_jobs_in_its_priority_window) {
  Balancer balancer({.workers = 0});
  const auto urgent = balancer.add_worker({.priority_min = 10});
  ASSERT_TRUE(urgent);
  auto low = balancer.submit({.priority = 1}, [] { return 1; });
  EXPECT_EQ(balancer.submit({.priority = 10}, [] { return 10; }).wait(), 10);
  EXPECT_FALSE(low.ready());
  ASSERT_TRUE(balancer.add_worker());
  EXPECT_EQ(low.wait(), 1);
}

class Chronicle final : public Observer {
 public:
  void submitted(JobNumber) override { ++submissions; }
  void started(JobNumber, WorkerId) override { ++starts; }
  void finished(JobNumber, WorkerId, AttemptEnding) override {
    ++ends;
    throw std::runtime_error("an observer's error disturbs nobody");
  }
  void returned(JobNumber, std::optional<ErrorCode>) override { ++returns; }

  std::atomic<int> submissions = 0, starts = 0, ends = 0, returns = 0;
};

TEST(Balancer, an_observer_hears_what_becomes_of_each_request) {
  const auto chronicle = std::make_shared<Chronicle>();
  Balancer balancer({.workers = 2, .observer = chronicle});
  std::vector<int> numbers(500);
  for (auto& future : balancer.submit_batch([](int n) { return n; }, numbers)) {
    EXPECT_TRUE(future.wait());
  }
  balancer.drain();
  EXPECT_EQ(chronicle->submissions, 500);
  EXPECT_EQ(chronicle->starts, 500);
  EXPECT_EQ(chronicle->ends, 500);
  EXPECT_EQ(chronicle->returns, 500);
}

TEST(Balancer, limits_and_bad_names_are_answers) {
  BalancerOptions options{.workers = 0};
  options.limits.max_queued_jobs = 1;
  Balancer balancer(options);
  auto waits = balancer.submit([] { return 1; });
  auto too_many = balancer.submit([] { return 2; });
  EXPECT_EQ(too_many.wait().error().code, ErrorCode::QueueFull);
  auto misnamed = balancer.submit({.state = "not a name"}, [] { return 3; });
  EXPECT_EQ(misnamed.wait().error().code, ErrorCode::InvalidName);
  balancer.stop();
  EXPECT_EQ(waits.wait().error().code, ErrorCode::Stopped);
}

TEST(Balancer, an_unknown_strategy_is_an_error_naming_the_nearest) {
  const auto balancer = Balancer::make({.strategy = "oldst"});
  ASSERT_FALSE(balancer);
  EXPECT_THAT(balancer.error().context, HasSubstr("did you mean 'oldest'?"));
  EXPECT_THROW(Balancer({.strategy = "oldst"}), std::invalid_argument);
}

class NewestFirst final : public strategy::SimpleStrategy {
 public:
  double value(const strategy::View&, const strategy::Lane& lane,
               const strategy::Worker&) override {
    return -static_cast<double>(lane.head_order);
  }
};

TEST(Balancer, a_strategy_of_ones_own_decides) {
  Balancer balancer({.workers = 1}, std::make_unique<NewestFirst>());
  std::latch begin(1);
  std::vector<std::string> seen;
  balancer.post([&begin] { begin.wait(); });
  for (const char* user : {"a", "b", "c"}) {
    balancer.post({.user = user}, [&seen, user] { seen.emplace_back(user); });
  }
  begin.count_down();
  balancer.drain();
  EXPECT_THAT(seen, ElementsAre("c", "b", "a"));
}

}  // namespace
}  // namespace steelyard
