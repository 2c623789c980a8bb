#include "steelyard/runtime/future/future.hpp"

#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace steelyard {
namespace {

using namespace std::chrono_literals;

TEST(Future, gives_the_value_that_was_set_before) {
  Promise<std::string> promise(7);
  Future<std::string> future = promise.future();
  EXPECT_FALSE(future.ready());
  promise.set("done");
  EXPECT_TRUE(future.ready());
  EXPECT_EQ(future.wait(), "done");
  EXPECT_FALSE(future.valid());
  EXPECT_EQ(future.id(), 7U);
}

TEST(Future, wakes_who_waits_when_the_value_comes) {
  for (int round = 0; round < 2000; ++round) {
    Promise<int> promise;
    Future<int> future = promise.future();
    std::jthread producer([&promise, round] { promise.set(round); });
    ASSERT_EQ(future.wait(), round);
  }
}

TEST(Future, carries_an_error_with_its_text) {
  Promise<int> promise;
  Future<int> future = promise.future();
  promise.set(failure(ErrorCode::WorkFailed, "no such model"));
  const Result<int> result = future.wait();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), (Error{ErrorCode::WorkFailed, "no such model"}));
}

TEST(Future, of_nothing_says_that_it_is_done) {
  Promise<void> promise;
  Future<void> future = promise.future();
  promise.set({});
  EXPECT_TRUE(future.wait().has_value());
}

TEST(Future, moves_a_result_that_cannot_be_copied) {
  Promise<std::unique_ptr<int>> promise;
  auto future = promise.future();
  promise.set(std::make_unique<int>(5));
  EXPECT_EQ(*future.wait().value(), 5);
}

TEST(Future, needs_no_default_constructor_of_its_result) {
  struct Named {
    explicit Named(int given) : value(given) {}
    int value;
  };
  Promise<Named> promise;
  auto future = promise.future();
  promise.set(Named(3));
  EXPECT_EQ(future.wait()->value, 3);
}

TEST(Future, wait_for_gives_up_and_can_be_asked_again) {
  Promise<int> promise;
  auto future = promise.future();
  EXPECT_EQ(future.wait_for(1ms), std::nullopt);
  EXPECT_EQ(future.wait_for(-1s), std::nullopt);
  EXPECT_TRUE(future.valid());
  promise.set(4);
  EXPECT_EQ(future.wait_for(0s)->value(), 4);
  EXPECT_FALSE(future.valid());
}

TEST(Future, wait_for_ever_is_a_duration_too) {
  Promise<int> promise;
  auto future = promise.future();
  std::jthread producer([&promise] { promise.set(1); });
  EXPECT_EQ(future.wait_for(std::chrono::hours::max())->value(), 1);
  auto floating = Promise<int>();
  auto second = floating.future();
  floating.set(2);
  EXPECT_EQ(second.wait_for(std::chrono::duration<double>::max())->value(), 2);
}

TEST(Future, may_be_dropped_before_the_value_is_set) {
  Promise<std::string> promise;
  { const auto future = promise.future(); }
  promise.set("nobody hears");
}

TEST(Future, may_be_dropped_after_the_value_was_set) {
  Promise<std::string> promise;
  const auto future = promise.future();
  promise.set("nobody looks");
}

TEST(Future, and_its_producer_may_let_go_at_the_same_time) {
  for (int round = 0; round < 2000; ++round) {
    Promise<std::string> promise;
    Future<std::string> future = promise.future();
    std::latch both(2);
    std::jthread producer([&both, promise = std::move(promise)]() mutable {
      both.arrive_and_wait();
      promise.set("a text that is too long for the small string optimisation");
    });
    both.arrive_and_wait();
    future = {};
  }
}

TEST(Promise, dropped_unset_resolves_its_future_as_stopped) {
  Future<int> future;
  {
    Promise<int> promise;
    future = promise.future();
  }
  EXPECT_EQ(future.wait().error().code, ErrorCode::Stopped);
}

TEST(Promise, without_a_future_leaves_nothing_behind) {
  const Promise<std::string> promise;
}

TEST(Future, lives_in_containers) {
  std::vector<Promise<int>> promises(100);
  std::vector<Future<int>> futures;
  for (auto& promise : promises) futures.push_back(promise.future());
  std::jthread producer([&promises] {
    for (int i = 99; i >= 0; --i) promises[static_cast<std::size_t>(i)].set(i);
  });
  int sum = 0;
  for (auto& future : futures) sum += future.wait().value();
  EXPECT_EQ(sum, 4950);
  static_assert(!std::is_copy_constructible_v<Future<int>>);
  static_assert(std::is_nothrow_move_constructible_v<Future<int>>);
}

TEST(FutureDeathTest, waiting_twice_is_a_programmers_error) {
  Promise<int> promise;
  auto future = promise.future();
  promise.set(1);
  EXPECT_EQ(future.wait(), 1);
  EXPECT_DEATH((void)future.wait(), "assertion failed");
}

}  // namespace
}  // namespace steelyard
