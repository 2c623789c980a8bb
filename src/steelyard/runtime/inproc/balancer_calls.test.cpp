#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// Which callables can be handed in, and what becomes of their arguments.
namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

int twice(int value) {
  return 2 * value;
}

struct Account {
  int balance = 10;
  int plus(int amount) const { return balance + amount; }
};

TEST(Call, takes_functions_members_and_generic_callables) {
  Balancer balancer;
  EXPECT_EQ(balancer.submit(twice, 21).wait(), 42);
  EXPECT_EQ(balancer.submit(&Account::plus, Account{}, 5).wait(), 15);
  EXPECT_EQ(balancer.submit(&Account::balance, Account{}).wait(), 10);
  EXPECT_EQ(balancer.submit([](auto... numbers) { return (numbers + ...); }, 1, 2, 3).wait(), 6);
  EXPECT_EQ(balancer.submit([left = 2]() mutable { return --left; }).wait(), 1);
}

TEST(Call, hands_the_state_only_to_those_who_must_have_it) {
  Balancer balancer({.workers = 1});
  auto with = balancer.submit(
      [](WorkerState& state, int value) {
        return state.get_or_load<int>("base", [] { return 100; }) + value;
      },
      7);
  EXPECT_EQ(with.wait(), 107);
  auto generic =
      balancer.submit([](auto& state, unsigned value) { return state.name().size() + value; }, 1U);
  EXPECT_EQ(generic.wait(), 5U);
  auto moved = balancer.submit([](WorkerState&, std::unique_ptr<int> value) { return *value; },
                               std::make_unique<int>(9));
  EXPECT_EQ(moved.wait(), 9);
}

TEST(Call, keeps_arguments_for_another_attempt) {
  Balancer balancer({.workers = 1});
  auto kept = balancer.submit(
      [attempts = 0](std::string text) mutable {
        if (++attempts < 3) {
          text.clear();
          throw RetryableError("once more");
        }
        return text;
      },
      std::string("a text that is long enough to be moved from"));
  EXPECT_EQ(kept.wait(), "a text that is long enough to be moved from");
}

TEST(Call, gives_what_can_only_be_moved_to_the_only_attempt) {
  Balancer balancer({.workers = 1});
  std::atomic<int> attempts = 0;
  auto given = balancer.submit(
      [&attempts](std::unique_ptr<int> value) -> int {
        ++attempts;
        throw RetryableError("it was " + std::to_string(*value));
      },
      std::make_unique<int>(4));
  EXPECT_EQ(given.wait().error(), (Error{ErrorCode::WorkFailed, "it was 4"}));
  EXPECT_EQ(attempts, 1);
}

TEST(Call, copies_a_result_that_is_a_reference) {
  Balancer balancer;
  static const std::string kept = "kept";
  auto future = balancer.submit([]() -> const std::string& { return kept; });
  static_assert(std::is_same_v<decltype(future), Future<std::string>>);
  EXPECT_EQ(future.wait(), "kept");
}

TEST(Call, lets_go_of_the_function_before_the_requester_goes_on) {
  Balancer balancer;
  const auto held = std::make_shared<int>(3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(balancer.submit([held] { return *held; }).wait(), 3);
    EXPECT_EQ(held.use_count(), 1);
  }
}

TEST(Call, that_throws_something_odd_is_an_error_too) {
  Balancer balancer;
  EXPECT_EQ(balancer.submit([]() -> int { throw 5; }).wait().error().code, ErrorCode::WorkFailed);
  struct Sticky {
    Sticky() = default;
    Sticky(Sticky&&) noexcept(false) { throw std::runtime_error("the result cannot be moved"); }
  };
  auto stuck = balancer.submit([]() -> Sticky { return Sticky(Sticky()); });
  EXPECT_THAT(stuck.wait().error().context, HasSubstr("cannot be moved"));
}

TEST(Call, whose_future_is_dropped_is_made_all_the_same) {
  Balancer balancer;
  std::latch made(2);
  {
    const auto dropped = balancer.submit([&made] { made.count_down(); });
  }
  balancer.post([&made] { made.count_down(); });
  made.wait();
  balancer.post([]() -> int { throw std::runtime_error("nobody hears"); });
  balancer.drain();
  EXPECT_EQ(balancer.stats().jobs.failed, 1U);
}

TEST(Call, may_submit_further_work) {
  Balancer balancer({.workers = 1});
  auto outer = balancer.submit([&balancer] { return balancer.submit(twice, 4); });
  auto inner = outer.wait();
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->wait(), 8);
}

TEST(Batch, gives_a_future_for_each_element_in_order) {
  Balancer balancer;
  std::vector<int> results;
  for (auto& future : balancer.submit_batch(twice, std::array{1, 2, 3})) {
    results.push_back(future.wait().value());
  }
  EXPECT_THAT(results, ElementsAre(2, 4, 6));
  EXPECT_TRUE(balancer.submit_batch(twice, std::vector<int>{}).empty());
}

TEST(Batch, that_cannot_be_made_in_full_is_not_handed_in) {
  struct Fragile {
    int value = 0;
    explicit Fragile(int given) : value(given) {}
    Fragile(const Fragile& other) : value(other.value) {
      if (value == 3) throw std::runtime_error("cannot be copied");
    }
  };
  Balancer balancer;
  std::vector<Fragile> elements;
  elements.reserve(3);
  for (int i = 1; i <= 3; ++i) elements.emplace_back(i);
  std::atomic<int> calls = 0;
  const auto count = [&calls](const Fragile&) { ++calls; };
  EXPECT_THROW((void)balancer.submit_batch(count, elements), std::runtime_error);
  balancer.drain();
  EXPECT_EQ(calls, 0);
}

TEST(Requests, of_many_threads_and_result_types_share_one_balancer) {
  Balancer balancer({.workers = 2});
  std::vector<std::jthread> requesters;
  std::atomic<int> right = 0;
  for (int requester = 0; requester < 6; ++requester) {
    requesters.emplace_back([&, requester] {
      for (int i = 0; i < 2000; ++i) {
        if (requester % 3 == 0) {
          if (balancer.submit([i] { return i; }).wait() == i) ++right;
        } else if (requester % 3 == 1) {
          const auto text = balancer.submit([](int n) { return std::to_string(n); }, i).wait();
          if (text == std::to_string(i)) ++right;
        } else if (balancer.submit([i] { (void)i; }).wait()) {
          ++right;
        }
      }
    });
  }
  requesters.clear();
  EXPECT_EQ(right, 12'000);
}

}  // namespace
}  // namespace steelyard
