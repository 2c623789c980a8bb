#include "steelyard/hub/sizing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::hub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SizingTest : public testing::Test {
 protected:
  /// A second later, with workers of one slot that are all there; returns how many are wanted.
  std::uint32_t after(Demand demand) {
    now_ += seconds(1);
    const std::uint32_t there = sizing_.wanted();
    demand.slots += there;
    why_ = sizing_.look(now_, demand, {.ready = there});
    return sizing_.wanted();
  }

  TimePoint now_{};
  std::string why_;
  Sizing sizing_{{.min = 0, .max = 8, .target_wait = seconds(5), .idle = seconds(10)}};
};

TEST_F(SizingTest, without_work_there_are_as_few_as_allowed) {
  EXPECT_EQ(after({}), 0U);
  EXPECT_EQ(why_, "");
}

TEST_F(SizingTest, a_job_of_unknown_length_gets_one_worker) {
  EXPECT_EQ(after({.queued = 100}), 1U);
  EXPECT_EQ(why_, "0 → 1 worker: 100 jobs wait, and how long they run is not known yet");
  EXPECT_EQ(after({.queued = 100}), 1U);
}

TEST_F(SizingTest, as_many_as_begin_what_waits_in_time_but_never_more_than_twice_as_many_at_once) {
  const Demand much{.queued = 40, .running = 1, .mean_run = milliseconds(500)};
  EXPECT_EQ(after(much), 1U);
  EXPECT_EQ(after(much), 2U);
  EXPECT_EQ(after(much), 4U);
  EXPECT_EQ(why_,
            "2 → 4 workers: 40 jobs wait that run 0.5 s each, 1 slot is busy; 4 slots begin them "
            "within 5 s");
  EXPECT_EQ(after(much), 4U);
}

TEST_F(SizingTest, a_job_that_free_slots_of_others_do_not_take_starts_one_worker_and_no_more) {
  EXPECT_EQ(after({.queued = 1, .slots = 3, .longest_wait = seconds(4)}), 0U);
  EXPECT_EQ(after({.queued = 1, .slots = 3, .longest_wait = seconds(6)}), 1U);
  EXPECT_THAT(why_, testing::StartsWith("0 → 1 worker: a job has waited for 6 s"));
  for (int second = 0; second < 20; ++second) {
    EXPECT_EQ(after({.queued = 1, .slots = 3, .longest_wait = seconds(60)}), 1U) << "it stays";
  }
}

TEST_F(SizingTest, never_more_than_there_are_jobs) {
  const Demand long_ones{.queued = 2, .mean_run = seconds(1'000)};
  EXPECT_EQ(after(long_ones), 1U);
  EXPECT_EQ(after(long_ones), 2U);
  EXPECT_EQ(after(long_ones), 2U);
}

TEST_F(SizingTest, never_more_than_the_most) {
  for (int i = 0; i < 9; ++i) after({.queued = 10'000, .mean_run = seconds(10)});
  EXPECT_EQ(sizing_.wanted(), 8U);
}

TEST_F(SizingTest, small_jobs_that_wait_at_a_worker_occupy_no_slot_of_their_own) {
  after({.queued = 1, .mean_run = milliseconds(1)});
  EXPECT_EQ(after({.queued = 10, .running = 500, .mean_run = milliseconds(1)}), 1U);
  EXPECT_EQ(after({.queued = 0, .running = 500, .mean_run = milliseconds(1)}), 1U);
}

TEST_F(SizingTest, a_long_wait_asks_for_one_more_although_the_estimate_does_not) {
  const Demand late{
      .queued = 3, .running = 8, .mean_run = milliseconds(1), .longest_wait = seconds(6)};
  EXPECT_EQ(after(late), 1U);
  EXPECT_EQ(after(late), 2U);
  EXPECT_EQ(after(late), 3U);
  EXPECT_EQ(after(late), 4U);
  EXPECT_EQ(why_,
            "3 → 4 workers: every slot is busy, and a job has waited for 6 s, longer than "
            "5 s");
}

TEST_F(SizingTest, a_long_wait_says_nothing_while_workers_are_still_to_come) {
  const Demand late{.queued = 3, .mean_run = milliseconds(1), .longest_wait = seconds(60)};
  EXPECT_EQ(after(late), 1U);
  for (int i = 0; i < 5; ++i) {
    now_ += seconds(1);
    EXPECT_EQ(sizing_.look(now_, late, {.ready = 0, .starting = 1}), "");
    EXPECT_EQ(sizing_.look(now_, late, {.ready = 0, .starting = 0}), "");
  }
}

TEST_F(SizingTest, goes_down_to_what_was_most_needed_during_the_idle_time) {
  for (int i = 0; i < 5; ++i) after({.queued = 100, .mean_run = seconds(10)});
  ASSERT_EQ(sizing_.wanted(), 8U);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(after({.running = i == 4 ? 5U : 1U}), 8U);
  EXPECT_EQ(after({.running = 1}), 8U);
  EXPECT_EQ(after({.running = 1}), 6U);
  EXPECT_EQ(why_, "8 → 6 workers: no more than 5 workers were needed for 10 s");
  EXPECT_EQ(after({.running = 1}), 5U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(after({.running = 1}), 5U);
  EXPECT_LT(after({.running = 1}), 5U);
}

TEST_F(SizingTest, work_that_comes_and_goes_within_the_idle_time_changes_nothing) {
  for (int i = 0; i < 5; ++i) after({.queued = 100, .mean_run = seconds(10)});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(after({.running = i % 9 == 0 ? 8U : 0U}), 8U);
}

TEST_F(SizingTest, the_last_one_goes_too_when_none_has_to_stay) {
  after({.queued = 1});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(after({}), 1U);
  EXPECT_EQ(after({}), 0U);
  EXPECT_EQ(why_, "1 → 0 workers: no more than 0 workers were needed for 10 s");
}

TEST_F(SizingTest, what_others_slots_are_enough_for_starts_nobody) {
  EXPECT_EQ(after({.queued = 5, .running = 2, .slots = 6, .mean_run = seconds(1)}), 0U);
  EXPECT_EQ(after({.queued = 50, .running = 6, .slots = 6, .mean_run = seconds(1)}), 1U);
}

TEST(Sizing, two_hubs_share_the_need_and_neither_takes_all) {
  Sizing a({.min = 1, .max = 20});
  Sizing b({.min = 1, .max = 20});
  TimePoint now{};
  const auto step = [&](const Demand& demand) {
    now += seconds(1);
    const std::uint32_t of_a = a.wanted();
    const std::uint32_t of_b = b.wanted();
    Demand all = demand;
    all.slots = of_a + of_b;
    static_cast<void>(a.look(now, all, {.ready = of_a}));
    static_cast<void>(b.look(now, all, {.ready = of_b}));
  };
  for (int i = 0; i < 20; ++i) step({.queued = 50, .mean_run = seconds(1)});
  EXPECT_EQ(a.wanted() + b.wanted(), 10U);
  EXPECT_EQ(a.wanted(), b.wanted());
  for (int i = 0; i < 200; ++i) step({});
  EXPECT_EQ(a.wanted() + b.wanted(), 2U);
}

TEST(Sizing, slots_are_counted_not_workers) {
  Sizing sizing({.min = 1, .max = 20, .slots = 4});
  const Demand demand{.queued = 60, .slots = 4, .mean_run = seconds(1)};
  EXPECT_EQ(sizing.look(TimePoint(seconds(1)), demand, {.ready = 1}),
            "1 → 2 workers: 60 jobs wait that run 1 s each, 0 slots are busy; 12 slots begin them "
            "within 5 s");
  EXPECT_NE(sizing.look(TimePoint(seconds(2)), demand, {.ready = 1}), "");
  EXPECT_EQ(sizing.wanted(), 3U);
}

TEST(Sizing, other_bounds_hold_at_once) {
  Sizing sizing({.min = 5, .max = 20});
  EXPECT_EQ(sizing.change({.min = 6, .max = 20}), "5 → 6 workers: the bounds are 6 to 20 now");
  EXPECT_EQ(sizing.change({.min = 0, .max = 2}), "6 → 2 workers: the bounds are 0 to 2 now");
  EXPECT_EQ(sizing.change({.min = 1, .max = 3}), "");
}

}  // namespace
}  // namespace steelyard::hub
