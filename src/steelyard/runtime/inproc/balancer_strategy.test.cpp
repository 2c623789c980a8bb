#include <algorithm>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/inproc/balancer.hpp"

/// Strategies of every kind at work: the built-in ones, patient ones, and ones that misbehave.
namespace steelyard {
namespace {

using strategy::Choice;
using strategy::Stay;
using strategy::View;
using testing::ElementsAre;

/// The jobs of several requesters with one worker, as they started.
TEST(Order, is_kept_per_requester_with_one_worker) {
  Balancer balancer({.workers = 1});
  constexpr int kRequesters = 4;
  constexpr int kJobs = 5000;
  std::vector<std::vector<int>> seen(kRequesters);
  std::vector<std::jthread> requesters;
  for (std::size_t requester = 0; requester < kRequesters; ++requester) {
    requesters.emplace_back([&, requester] {
      for (int i = 0; i < kJobs; ++i) {
        balancer.post([&seen, requester, i] { seen[requester].push_back(i); });
      }
    });
  }
  requesters.clear();
  balancer.drain();
  for (const auto& started : seen) {
    ASSERT_EQ(started.size(), static_cast<std::size_t>(kJobs));
    EXPECT_TRUE(std::ranges::is_sorted(started));
  }
}

TEST(Order, holds_across_batches_and_single_jobs) {
  Balancer balancer({.workers = 1});
  std::vector<int> seen;
  for (int i = 0; i < 3000; i += 3) {
    balancer.post([&seen, i] { seen.push_back(i); });
    const std::vector<int> pair{i + 1, i + 2};
    (void)balancer.submit_batch([&seen](int n) { seen.push_back(n); }, pair);
  }
  balancer.drain();
  ASSERT_EQ(seen.size(), 3000U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(Strategy, is_chosen_by_name_and_parameters) {
  for (const char* name : {"least-loaded", "oldest", "round-robin",
                           "groups-by-state:switch_penalty_s=1,other_holder_penalty_s=0"}) {
    Balancer balancer({.workers = 2, .strategy = name});
    std::vector<Future<int>> futures;
    for (int i = 0; i < 500; ++i) {
      const std::string state = "s" + std::to_string(i % 5);
      futures.push_back(balancer.submit({.state = state}, [i](WorkerState&) { return i; }));
    }
    for (int i = 0; i < 500; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].wait(), i);
  }
}

TEST(Strategy, may_come_from_a_registry_of_ones_own) {
  class LastLane final : public strategy::Strategy {
    Choice choose(const View& view, WorkerId) override {
      if (view.waiting_lanes().empty()) return Stay{};
      return strategy::Serve{view.waiting_lanes().back()};
    }
  };
  strategy::Registry registry;
  ASSERT_TRUE(registry.add(
      {"last-lane", "the lane that was listed last", {}, [](const strategy::Parameters&) {
         return std::make_unique<LastLane>();
       }}));
  Balancer balancer({.workers = 1}, *registry.make("last-lane"));
  std::latch begin(1);
  std::vector<int> seen;
  balancer.post([&begin] { begin.wait(); });
  for (int i = 1; i <= 3; ++i) {
    balancer.post({.priority = i}, [&seen, i] { seen.push_back(i); });
  }
  begin.count_down();
  balancer.drain();
  EXPECT_THAT(seen, ElementsAre(3, 2, 1));
}

/// Serves nobody before `patience` has passed since the first time it was asked.
class Patient final : public strategy::Strategy {
 public:
  explicit Patient(Duration patience) : patience_(patience) {}
  Choice choose(const View& view, WorkerId) override {
    if (view.waiting_lanes().empty()) return Stay{};
    if (began_ == TimePoint{}) began_ = view.now();
    if (view.now() < began_ + patience_) return Stay{began_ + patience_};
    return strategy::Serve{view.waiting_lanes().front()};
  }

 private:
  Duration patience_;
  TimePoint began_;
};

TEST(Strategy, that_lets_workers_wait_is_asked_again_in_time) {
  constexpr auto kPatience = std::chrono::milliseconds(30);
  Balancer balancer({.workers = 2}, std::make_unique<Patient>(kPatience));
  const auto began = std::chrono::steady_clock::now();
  auto first = balancer.submit([] { return 1; });
  auto second = balancer.submit([] { return 2; });
  EXPECT_EQ(first.wait(), 1);
  // The clock of arrivals ticks every few milliseconds.
  EXPECT_GE(std::chrono::steady_clock::now() - began, kPatience - std::chrono::milliseconds(10));
  EXPECT_EQ(second.wait(), 2);
}

TEST(Strategy, that_lets_workers_wait_does_not_delay_the_stop) {
  Balancer balancer({.workers = 2}, std::make_unique<Patient>(std::chrono::hours(1)));
  auto waiting = balancer.submit([] { return 1; });
  balancer.stop();
  EXPECT_EQ(waiting.wait().error().code, ErrorCode::Stopped);
}

TEST(Strategy, that_throws_is_done_without) {
  class Hopeless final : public strategy::Strategy {
    Choice choose(const View&, WorkerId) override { throw std::runtime_error("choose"); }
    std::optional<WorkerId> place(const View&, LaneId) override { throw 1; }
    void lane_changed(const View&, LaneId, strategy::LaneChange) override { throw 2; }
    void worker_changed(const View&, WorkerId, strategy::WorkerChange) override { throw 3; }
    void rebuild(const View&) override { throw 4; }
  };
  Balancer balancer({.workers = 2}, std::make_unique<Hopeless>());
  std::vector<Future<int>> futures;
  for (int i = 0; i < 500; ++i) futures.push_back(balancer.submit([i] { return i; }));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].wait(), i);
  const auto fallbacks = static_cast<std::size_t>(strategy::Reason::Fallback);
  EXPECT_GE(balancer.stats().decisions.at(fallbacks), 500U);
}

TEST(Balancer, can_be_moved_while_it_works) {
  Balancer first({.workers = 1});
  std::latch begin(1);
  auto early = first.submit([&begin] { begin.wait(); });
  Balancer second = std::move(first);
  auto late = second.submit([] { return 2; });
  begin.count_down();
  EXPECT_TRUE(early.wait());
  EXPECT_EQ(late.wait(), 2);
  second = Balancer({.workers = 1});
  EXPECT_EQ(second.submit([] { return 3; }).wait(), 3);
}

}  // namespace
}  // namespace steelyard
