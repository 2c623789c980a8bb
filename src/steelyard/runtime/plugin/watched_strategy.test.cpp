#include "steelyard/runtime/plugin/watched_strategy.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/strategy/registry.hpp"

namespace steelyard {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// What the calls of a strategy take, and what they are.
struct Journal {
  std::chrono::nanoseconds now{};
  std::chrono::nanoseconds choose_takes{};
  std::chrono::nanoseconds place_takes{};
  std::string told;
};

class Inner final : public strategy::Strategy {
 public:
  explicit Inner(Journal& journal) : journal_(journal) {}
  strategy::Choice choose(const strategy::View&, WorkerId worker) override {
    journal_.now += journal_.choose_takes;
    return strategy::Serve{LaneId{worker.value + 7}};
  }
  std::optional<WorkerId> place(const strategy::View&, LaneId lane) override {
    journal_.now += journal_.place_takes;
    return WorkerId{lane.value + 1};
  }
  void lane_changed(const strategy::View&, LaneId, strategy::LaneChange) override { tell("lane "); }
  void worker_changed(const strategy::View&, WorkerId, strategy::WorkerChange) override {
    tell("worker ");
  }
  void measured(const strategy::View&, const strategy::Measurement&) override { tell("measured "); }
  void rebuild(const strategy::View&) override { tell("rebuild "); }

 private:
  void tell(const char* what) {
    journal_.now += std::chrono::seconds(1);
    journal_.told += what;
  }
  Journal& journal_;
};

class WatchedStrategyTest : public testing::Test {
 protected:
  std::vector<strategy::Lane> lanes_;
  std::vector<LaneId> waiting_;
  std::vector<strategy::Worker> workers_;
  std::vector<strategy::State> states_;
  strategy::Estimates estimates_;
  strategy::Shares shares_;
  strategy::View view_{{lanes_, waiting_, workers_, states_, estimates_, shares_}};
  Journal journal_;
  WatchedStrategy watched_{std::make_unique<Inner>(journal_),
                           {milliseconds(10), [this] { return journal_.now; }}};
};

TEST_F(WatchedStrategyTest, passes_on_what_comes_in_time) {
  journal_.choose_takes = journal_.place_takes = milliseconds(10);
  const auto choice = watched_.choose(view_, WorkerId{1});
  EXPECT_EQ(std::get<strategy::Serve>(choice).lane, LaneId{8});
  EXPECT_EQ(watched_.place(view_, LaneId{2}), WorkerId{3});
}

TEST_F(WatchedStrategyTest, refuses_a_choice_that_took_too_long) {
  journal_.choose_takes = microseconds(15'200);
  try {
    static_cast<void>(watched_.choose(view_, WorkerId{1}));
    FAIL() << "it was passed on";
  } catch (const strategy::TooSlow& slow) {
    EXPECT_STREQ(slow.what(), "choose took 15.2 ms, the limit is max_strategy_call_ms = 10");
  }
}

TEST_F(WatchedStrategyTest, refuses_a_placement_that_took_too_long) {
  journal_.place_takes = milliseconds(11);
  EXPECT_THROW(static_cast<void>(watched_.place(view_, LaneId{0})), strategy::TooSlow);
}

TEST_F(WatchedStrategyTest, passes_on_what_happens_however_long_that_takes) {
  watched_.lane_changed(view_, LaneId{0}, strategy::LaneChange::Grew);
  watched_.worker_changed(view_, WorkerId{0}, strategy::WorkerChange::Joined);
  watched_.measured(view_, {});
  watched_.rebuild(view_);
  EXPECT_EQ(journal_.told, "lane worker measured rebuild ");
}

TEST_F(WatchedStrategyTest, passes_on_what_the_strategy_throws) {
  class Throwing final : public strategy::Strategy {
    strategy::Choice choose(const strategy::View&, WorkerId) override { throw 17; }
  };
  WatchedStrategy watched(std::make_unique<Throwing>(), {});
  EXPECT_THROW(static_cast<void>(watched.choose(view_, WorkerId{0})), int);
}

}  // namespace
}  // namespace steelyard
