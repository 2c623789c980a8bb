#include "steelyard/runtime/task/job_control.hpp"

#include <future>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/task/partial_charge.hpp"
#include "steelyard/runtime/task/task.hpp"
#include "steelyard/runtime/task/test_support.hpp"

namespace steelyard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kOverhead = kPartialOverheadBytes;
constexpr std::size_t kWindowBytes = 1000;
// Partial results that take half of the window, and all of it.
const std::string kHalf(kWindowBytes / 2 - kOverhead, 'h');
const std::string kWhole(kWindowBytes - kOverhead, 'w');

class JobControlTest : public testing::Test {
 protected:
  /// A thread that has told `partial` and waits: nothing of it has arrived, and nothing will.
  static bool still_waits(const std::future<bool>& told) {
    return told.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  }
  std::future<bool> tell(std::string bytes) {
    return std::async(std::launch::async,
                      [this, bytes = std::move(bytes)] { return work_.partial(bytes); });
  }

  test::RecordingSink sink_;
  JobControl control_{sink_, kWindowBytes};
  Work work_{
      .queue = "q", .payload = {}, .state = {}, .user = {}, .id = "7-1", .control = &control_};
  Work alone_{.queue = "q", .payload = {}, .state = {}, .user = {}, .id = "7-1"};
};

TEST_F(JobControlTest, a_job_without_one_is_never_stopped_and_tells_nobody) {
  EXPECT_FALSE(alone_.stop_requested());
  alone_.progress(50);
  EXPECT_TRUE(alone_.partial("nobody hears it"));
  alone_.on_clean_up([] { FAIL(); });
}

TEST_F(JobControlTest, a_stop_is_seen_with_its_first_reason) {
  EXPECT_FALSE(work_.stop_requested());
  EXPECT_TRUE(control_.request_stop(StopReason::TimedOut));
  EXPECT_FALSE(control_.request_stop(StopReason::Cancelled));
  EXPECT_TRUE(work_.stop_requested());
  EXPECT_EQ(work_.stop_reason(), StopReason::TimedOut);
}

TEST_F(JobControlTest, a_function_in_a_loop_sees_the_stop_of_another_thread) {
  auto loops = std::async(std::launch::async, [this] {
    std::uint64_t rounds = 1;
    while (!work_.stop_requested()) ++rounds;
    return rounds;
  });
  control_.request_stop(StopReason::Cancelled);
  EXPECT_GE(loops.get(), 1u);
}

TEST_F(JobControlTest, clean_ups_run_once_the_last_one_first) {
  std::string order;
  for (const char name : {'a', 'b', 'c'}) {
    work_.on_clean_up([&order, name] { order.push_back(name); });
  }
  EXPECT_EQ(order, "");
  control_.function_ended();
  control_.function_ended();
  EXPECT_EQ(order, "cba");
}

TEST_F(JobControlTest, a_clean_up_that_throws_is_counted_and_keeps_no_other_from_running) {
  bool ran = false;
  work_.on_clean_up([&ran] { ran = true; });
  work_.on_clean_up([] { throw std::runtime_error("no such file"); });
  work_.on_clean_up([] { throw 7; });
  control_.function_ended();
  EXPECT_TRUE(ran);
  EXPECT_EQ(control_.failed_clean_ups(), 2u);
}

TEST_F(JobControlTest, a_clean_up_may_use_the_job_and_register_another) {
  std::string order;
  control_.request_stop(StopReason::RequesterGone);
  work_.on_clean_up([&] {
    order += work_.stop_requested() ? "stopped" : "not stopped";
    work_.on_clean_up([&order] { order += ", another"; });
  });
  control_.function_ended();
  EXPECT_EQ(order, "stopped, another");
}

TEST_F(JobControlTest, clean_ups_run_at_the_latest_when_it_goes) {
  bool ran = false;
  {
    JobControl short_lived;
    short_lived.on_clean_up([&ran] { ran = true; });
  }
  EXPECT_TRUE(ran);
}

TEST_F(JobControlTest, one_clean_up_more_than_the_limit_is_refused) {
  std::size_t ran = 0;
  for (std::size_t i = 0; i < kMaxCleanUps; ++i) work_.on_clean_up([&ran] { ++ran; });
  EXPECT_THROW(work_.on_clean_up([&ran] { ++ran; }), std::length_error);
  control_.function_ended();
  EXPECT_EQ(ran, kMaxCleanUps);
}

TEST_F(JobControlTest, the_first_progress_100_and_the_last_one_are_reported) {
  for (int percent = 0; percent <= 100; ++percent)
    work_.progress(static_cast<std::uint8_t>(percent));
  work_.progress(250);
  work_.progress(60);
  EXPECT_EQ(sink_.percents().front(), 0);
  EXPECT_EQ(sink_.percents().back(), 100);
  control_.function_ended();
  control_.function_ended();
  EXPECT_EQ(sink_.percents().back(), 60);
}

TEST_F(JobControlTest, progress_in_between_is_reported_once_per_interval) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  std::uint64_t calls = 0;
  while (Clock::now() - began < 3 * kProgressInterval) {
    work_.progress(static_cast<std::uint8_t>(++calls % 100));
  }
  const auto intervals = (Clock::now() - began) / kProgressInterval + 1;
  EXPECT_GT(sink_.percents().size(), 1u);
  EXPECT_LE(sink_.percents().size(), static_cast<std::size_t>(intervals));
  EXPECT_GT(calls, 1000u);
}

TEST_F(JobControlTest, the_same_progress_is_reported_once) {
  for (int i = 0; i < 3; ++i) work_.progress(100);
  control_.function_ended();
  EXPECT_THAT(sink_.percents(), ElementsAre(100));
}

TEST_F(JobControlTest, a_beat_takes_the_progress_that_no_report_has_told) {
  EXPECT_EQ(control_.take_unreported_progress(), std::nullopt);
  int percent = 0;
  // On a slow machine an interval may pass between two calls.
  do work_.progress(static_cast<std::uint8_t>(++percent));
  while (sink_.percents().back() == percent);
  EXPECT_EQ(control_.take_unreported_progress(), percent);
  EXPECT_EQ(control_.take_unreported_progress(), std::nullopt);
  control_.function_ended();
  EXPECT_LT(sink_.percents().back(), percent);
}

TEST_F(JobControlTest, partial_results_go_out_while_there_is_credit) {
  EXPECT_TRUE(work_.partial(kHalf));
  EXPECT_TRUE(work_.partial(""));
  EXPECT_TRUE(work_.partial(kHalf));
  EXPECT_EQ(control_.offer("x"), JobControl::Offered::NoCredit);
  control_.grant(kOverhead + 1);
  EXPECT_EQ(control_.offer("x"), JobControl::Offered::Taken);
  EXPECT_THAT(sink_.partials(), ElementsAre(kHalf, kHalf, "x"));
}

TEST_F(JobControlTest, many_small_ones_are_bounded_in_number) {
  while (control_.offer("x") == JobControl::Offered::Taken) {
  }
  EXPECT_EQ(sink_.partials().size(), kWindowBytes / (kOverhead + 1));
}

TEST_F(JobControlTest, a_partial_result_waits_for_credit) {
  EXPECT_TRUE(work_.partial(kWhole));
  auto waits = tell("ab");
  control_.grant(kOverhead + 1);
  EXPECT_TRUE(still_waits(waits));
  control_.grant(1);
  EXPECT_TRUE(waits.get());
  EXPECT_THAT(sink_.partials(), ElementsAre(kWhole, "ab"));
}

TEST_F(JobControlTest, a_stop_ends_the_wait_for_credit) {
  EXPECT_TRUE(work_.partial(kWhole));
  auto waits = tell("ab");
  EXPECT_TRUE(still_waits(waits));
  control_.request_stop(StopReason::Cancelled);
  EXPECT_FALSE(waits.get());
  EXPECT_FALSE(work_.partial("c"));
  EXPECT_EQ(control_.offer("d"), JobControl::Offered::Stopped);
  EXPECT_THAT(sink_.partials(), ElementsAre(kWhole));
}

TEST_F(JobControlTest, one_larger_than_the_window_travels_alone) {
  const std::string large(2 * kWindowBytes, 'x');
  EXPECT_TRUE(work_.partial("1"));
  EXPECT_EQ(control_.offer(large), JobControl::Offered::NoCredit);
  control_.grant(kOverhead + 1);
  EXPECT_TRUE(work_.partial(large));
  control_.grant(large.size() + kOverhead - 1);
  EXPECT_EQ(control_.offer(kWhole), JobControl::Offered::NoCredit);
  control_.grant(100);
  EXPECT_TRUE(work_.partial(kWhole));
  EXPECT_EQ(control_.offer("1"), JobControl::Offered::NoCredit);
}

TEST_F(JobControlTest, partial_results_that_nobody_wants_are_dropped_at_once) {
  JobControl unwanted(sink_, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(unwanted.partial("dropped"));
  EXPECT_THAT(sink_.partials(), IsEmpty());
}

TEST_F(JobControlTest, a_wait_ends_when_nobody_wants_partial_results_any_more) {
  EXPECT_TRUE(work_.partial(kWhole));
  auto waits = tell("ab");
  control_.resize_window(0);
  EXPECT_TRUE(waits.get());
  EXPECT_THAT(sink_.partials(), ElementsAre(kWhole));
}

TEST_F(JobControlTest, what_is_in_flight_never_exceeds_the_window) {
  constexpr std::size_t kEach = kOverhead + 3;
  auto teller = std::async(std::launch::async, [this] {
    for (int i = 0; i < 2000; ++i) {
      if (!work_.partial("abc")) return false;
      work_.progress(static_cast<std::uint8_t>(i / 20));
    }
    return true;
  });
  std::size_t granted = 0;
  while (granted < 2000) {
    const std::size_t told = sink_.partial_bytes() / 3;
    EXPECT_LE((told - granted) * kEach, kWindowBytes);
    control_.grant((told - granted) * kEach);
    granted = told;
  }
  EXPECT_TRUE(teller.get());
}

TEST_F(JobControlTest, a_watch_hears_of_stops_and_credit_until_it_goes) {
  int changes = 0;
  {
    const JobControl::Watch watch(&control_, [&changes] { ++changes; });
    control_.grant(1);
    control_.request_stop(StopReason::Cancelled);
    control_.request_stop(StopReason::Cancelled);
  }
  control_.grant(1);
  EXPECT_EQ(changes, 2);
  const JobControl::Watch of_nothing(nullptr, [] { FAIL(); });
}

}  // namespace
}  // namespace steelyard
