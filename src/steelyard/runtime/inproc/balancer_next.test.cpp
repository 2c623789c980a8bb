#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// Requests that go on in another queue, or in their own once more.
namespace steelyard {
namespace {

/// A worker for each of the queues "default" and "second".
Balancer two_stages(const BalancerOptions& options = {.workers = 1}) {
  Balancer balancer(options);
  EXPECT_TRUE(balancer.add_worker({.queues = {"second"}}));
  return balancer;
}

Next<int> count_down(int left, int visits) {
  if (left == 0) return visits;
  return {{}, [left, visits] { return count_down(left - 1, visits + 1); }};
}

TEST(Next, goes_on_in_another_queue_with_the_same_future) {
  Balancer balancer = two_stages();
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id first;
  std::thread::id second;
  auto future = balancer.submit(
      [&](int number) -> Next<std::string> {
        first = std::this_thread::get_id();
        return {{.queue = "second"}, [&second, number] {
                  second = std::this_thread::get_id();
                  return std::to_string(number);
                }};
      },
      7);
  static_assert(std::same_as<decltype(future), Future<std::string>>);
  EXPECT_EQ(future.wait(), "7");
  EXPECT_NE(first, second);
  EXPECT_NE(second, here);
}

TEST(Next, may_be_the_result_at_once) {
  Balancer balancer({.workers = 1});
  EXPECT_EQ(balancer.submit(count_down, 0, 5).wait(), 5);
}

TEST(Next, may_be_a_cycle_that_ends) {
  Balancer balancer({.workers = 2});
  EXPECT_EQ(balancer.submit(count_down, 200, 0).wait(), 200);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(balancer.submit(count_down, i, 0));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].wait(), i);
}

TEST(Next, is_limited_by_the_number_of_hops) {
  BalancerOptions options{.workers = 1};
  options.limits.max_hops = 3;
  Balancer balancer(options);
  EXPECT_EQ(balancer.submit(count_down, 3, 0).wait(), 3);
  const auto answer = balancer.submit(count_down, 4, 0).wait();
  EXPECT_EQ(answer.error(), (Error{ErrorCode::TooManyHops, "the limit is max_hops = 3"}));
}

TEST(Next, lets_other_requests_of_the_queue_come_between) {
  Balancer balancer({.workers = 1});
  std::latch handed_in(1);
  std::vector<int> order;  // by the only worker
  auto lengthy = balancer.submit([&]() -> Next<int> {
    handed_in.wait();
    order.push_back(1);
    return {{}, [&order] {
              order.push_back(3);
              return 0;
            }};
  });
  auto brief = balancer.submit([&order] { order.push_back(2); });
  handed_in.count_down();
  EXPECT_EQ(lengthy.wait(), 0);
  EXPECT_TRUE(brief.wait());
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(Next, may_use_the_state_of_the_worker_where_it_goes_on) {
  Balancer balancer = two_stages();
  auto future = balancer.submit([]() -> Next<std::size_t> {
    return {{.queue = "second", .state = "model"}, [](WorkerState& state) {
              return state.get_or_load<std::string>("model", [] { return std::string("loaded"); })
                  .size();
            }};
  });
  EXPECT_EQ(future.wait(), 6u);
}

TEST(Next, of_nothing_has_a_future_of_nothing) {
  Balancer balancer = two_stages();
  bool has_run = false;
  auto future = balancer.submit(
      [&has_run](bool goes_on) -> Next<void> {
        if (!goes_on) return {};
        return {{.queue = "second"}, [&has_run] { has_run = true; }};
      },
      true);
  static_assert(std::same_as<decltype(future), Future<void>>);
  EXPECT_TRUE(future.wait());
  EXPECT_TRUE(has_run);
}

TEST(Next, may_hold_what_can_only_be_moved) {
  Balancer balancer({.workers = 1});
  auto future = balancer.submit([]() -> Next<std::unique_ptr<int>> {
    return {{}, [held = std::make_unique<int>(5)]() mutable { return std::move(held); }};
  });
  EXPECT_EQ(*future.wait().value(), 5);
}

TEST(Next, is_tried_again_by_itself_and_its_error_is_the_answer) {
  Balancer balancer({.workers = 1});
  int first_runs = 0;
  int tries = 0;
  auto future = balancer.submit([&]() -> Next<int> {
    ++first_runs;
    return {{}, [&tries]() -> int {
              if (++tries < 3) throw RetryableError("not yet");
              return tries;
            }};
  });
  EXPECT_EQ(future.wait(), 3);
  EXPECT_EQ(first_runs, 1);
  auto failing = balancer.submit([]() -> Next<int> {
    return {{}, []() -> int { throw std::runtime_error("no"); }};
  });
  EXPECT_EQ(failing.wait().error(), (Error{ErrorCode::WorkFailed, "no"}));
}

TEST(Next, to_what_cannot_be_a_queue_or_state_is_refused) {
  Balancer balancer({.workers = 1});
  const auto answer = [&](Onward to) {
    return balancer.submit([to]() -> Next<int> { return {to, [] { return 1; }}; }).wait();
  };
  EXPECT_EQ(answer({.queue = "two words"}).error().code, ErrorCode::InvalidName);
  EXPECT_EQ(answer({.state = "-x"}).error().code, ErrorCode::InvalidName);
}

TEST(Next, is_answered_as_stopped_when_nothing_is_begun_any_more) {
  Balancer balancer({.workers = 1});
  std::latch begun(1);
  std::latch go_on(1);
  auto future = balancer.submit([&]() -> Next<int> {
    begun.count_down();
    go_on.wait();
    return {{}, [] { return 1; }};
  });
  auto queued = balancer.submit([] { return 2; });
  begun.wait();
  std::jthread stopper([&balancer] { balancer.stop(); });
  EXPECT_EQ(queued.wait().error().code, ErrorCode::Stopped);
  go_on.count_down();
  EXPECT_EQ(future.wait().error().code, ErrorCode::Stopped);
}

TEST(Next, balances_the_books) {
  Balancer balancer({.workers = 2, .record_numbers = true});
  std::vector<Future<int>> futures;
  for (int i = 0; i < 50; ++i) futures.push_back(balancer.submit(count_down, 3, 0));
  for (auto& future : futures) EXPECT_EQ(future.wait(), 3);
  balancer.drain();
  const BalancerBooks books = balancer.books();
  EXPECT_EQ(books.dispatched, books.completed);
}

}  // namespace
}  // namespace steelyard
