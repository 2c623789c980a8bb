#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// Workers that hold several states, carry tags, and have room for so much only.
namespace steelyard {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// Counts how many of its kind there are.
struct Model {
  explicit Model(std::atomic<int>& count) : alive(&count, [](std::atomic<int>* c) { --*c; }) {
    ++count;
  }
  std::shared_ptr<std::atomic<int>> alive;
};

class BalancerStatesTest : public testing::Test {
 protected:
  /// A job that needs a model; returns once it is done and the balancer knows.
  void use(const std::string& model, std::uint64_t bytes = 0) {
    auto answer = balancer_.submit({.state = model, .state_bytes = bytes},
                                   [this, model](WorkerState& state) { load(state, model); });
    EXPECT_TRUE(answer.wait());
    balancer_.drain();
  }
  void load(WorkerState& state, const std::string& model) {
    state.get_or_load<Model>(model, [this] {
      ++loads_;
      most_ = std::max(most_.load(), alive_ + 1);
      return Model(alive_);
    });
  }
  std::vector<std::string> held() { return balancer_.stats().workers.at(0).states; }

  std::atomic<int> alive_ = 0;
  std::atomic<int> most_ = 0;
  std::atomic<int> loads_ = 0;
  Balancer balancer_{{.workers = 0}};
};

TEST_F(BalancerStatesTest, a_worker_holds_several_and_gives_one_up_for_another) {
  ASSERT_TRUE(balancer_.add_worker({.max_states = 2}));
  for (const char* model : {"a", "b", "a", "b"}) use(model);
  EXPECT_EQ(loads_, 2);
  use("c");
  const BalancerStats stats = balancer_.stats();
  EXPECT_EQ(stats.evictions, 1u);
  EXPECT_EQ(stats.workers.at(0).evictions, 1u);
  EXPECT_EQ(stats.workers.at(0).states.size(), 2u);
  EXPECT_EQ(alive_, 2);
  EXPECT_EQ(most_, 2);
}

TEST_F(BalancerStatesTest, what_is_given_up_for_want_of_memory_is_gone_before_the_next_is_loaded) {
  ASSERT_TRUE(balancer_.add_worker({.max_states = 10, .state_memory_bytes = 100}));
  use("a", 60);
  use("b", 30);
  EXPECT_THAT(held(), UnorderedElementsAre("a", "b"));
  use("c", 70);
  EXPECT_LE(most_, 2);
  EXPECT_EQ(alive_, static_cast<int>(held().size()));
}

TEST_F(BalancerStatesTest, a_state_without_room_anywhere_is_refused) {
  ASSERT_TRUE(balancer_.add_worker({.state_memory_bytes = 100}));
  auto answer = balancer_.submit({.state = "a", .state_bytes = 101}, [] { return 1; });
  EXPECT_EQ(answer.wait().error().code, ErrorCode::StateTooLarge);
}

TEST_F(BalancerStatesTest, a_size_that_was_measured_counts_like_one_that_was_said) {
  ASSERT_TRUE(balancer_.add_worker({.max_states = 10, .state_memory_bytes = 100}));
  for (const char* model : {"a", "b", "a"}) {
    auto measured = balancer_.submit({.state = model}, [this, model](WorkerState& state) {
      load(state, model);
      state.set_bytes(40);
    });
    EXPECT_TRUE(measured.wait());
    balancer_.drain();
  }
  // Before it was measured the second one might have filled the worker.
  EXPECT_EQ(balancer_.stats().evictions, 1u);
  EXPECT_THAT(held(), UnorderedElementsAre("a", "b"));
}

TEST_F(BalancerStatesTest, jobs_run_where_all_their_tags_are) {
  const auto plain = balancer_.add_worker({});
  const auto other = balancer_.add_worker({.tags = {"gpu"}});
  const auto meant = balancer_.add_worker({.tags = {"gpu", "big"}});
  ASSERT_TRUE(plain && other && meant);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(balancer_.submit({.tags = {"big", "gpu", "big"}}, [] {}).wait());
  }
  balancer_.drain();
  const BalancerStats stats = balancer_.stats();
  EXPECT_EQ(stats.workers.at(meant->index()).finished, 20u);
}

TEST_F(BalancerStatesTest, tags_that_are_no_names_are_refused) {
  EXPECT_EQ(balancer_.add_worker({.tags = {"no good"}}).error().code, ErrorCode::InvalidName);
  auto answer = balancer_.submit({.tags = {"-x"}}, [] {});
  EXPECT_THAT(answer.wait().error().context, HasSubstr("'-x' cannot name a tag"));
}

TEST_F(BalancerStatesTest, a_worker_holds_at_least_one) {
  EXPECT_EQ(balancer_.add_worker({.max_states = 0}).error().code, ErrorCode::InvalidArgument);
}

TEST_F(BalancerStatesTest, a_load_that_failed_is_counted_and_tried_again_later) {
  BalancerOptions options;
  options.workers = 1;
  options.limits.load_retry_first = std::chrono::milliseconds(1);
  Balancer balancer(options);
  std::atomic<int> tries = 0;
  const auto broken_at_first = [&tries](WorkerState& state) {
    return state.get_or_load<int>("m", [&tries] {
      if (++tries == 1) throw RetryableError("no memory");
      return 7;
    });
  };
  EXPECT_EQ(balancer.submit({.state = "m"}, broken_at_first).wait(), 7);
  balancer.drain();
  EXPECT_EQ(balancer.stats().failed_loads, 1u);
  EXPECT_THAT(balancer.stats().workers.at(0).states, UnorderedElementsAre("m"));
}

}  // namespace
}  // namespace steelyard
