#include <csignal>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/task/test_lines.hpp"

namespace steelyard {
namespace {

using std::chrono::milliseconds;
using test::JobText;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr milliseconds kForEver = std::chrono::hours(1);
constexpr milliseconds kSoon{50};

/// A job that says when it has begun, and is then asked to stop.
class LinesStopTest : public test::LinesTaskTest {
 protected:
  LinesTaskOptions with_grace(milliseconds grace) {
    LinesTaskOptions with = options();
    with.cancel_grace_ms = grace;
    return with;
  }
  std::future<std::string> begin(LinesWorkers& workers, std::string_view payload) {
    return std::async(std::launch::async, [this, &workers, payload] {
      return run(workers, JobText{payload, "", "7-1", &control_});
    });
  }
  std::string stop_once_begun(LinesWorkers& workers, std::string_view payload) {
    auto outcome = begin(workers, payload);
    wait_until_begun();
    control_.request_stop(StopReason::Cancelled);
    return outcome.get();
  }
  /// On this thread, whose state is looked at: the stop comes from another one.
  std::string stop_here(LinesWorkers& workers, std::string_view payload, std::string_view state) {
    auto stopper = std::async(std::launch::async, [this] {
      wait_until_begun();
      control_.request_stop(StopReason::TimedOut);
    });
    return run(workers, JobText{payload, state, "7-1", &control_});
  }

  JobControl control_;
};

TEST_F(LinesStopTest, a_process_says_that_it_has_stopped_and_lives_on) {
  LinesWorkers workers(with_grace(kForEver));
  const std::string process = run(workers, "process");
  EXPECT_EQ(stop_once_begun(workers, "stop"),
            "complied: stopped because it was cancelled: the process stopped it when it was asked "
            "to");
  EXPECT_EQ(run(workers, "process"), process);
}

TEST_F(LinesStopTest, the_process_is_told_by_a_line_and_a_result_in_time_counts) {
  LinesWorkers workers(with_grace(kForEver));
  EXPECT_EQ(stop_once_begun(workers, "finish"), R"({"cancel":"7-1"})");
}

TEST_F(LinesStopTest, an_error_in_time_counts) {
  LinesWorkers workers(with_grace(kForEver));
  EXPECT_EQ(stop_once_begun(workers, "fail"), "error: broken off");
}

TEST_F(LinesStopTest, a_process_that_ends_when_it_is_asked_to_has_stopped) {
  LinesWorkers workers(with_grace(kForEver));
  EXPECT_EQ(stop_once_begun(workers, "exit"),
            "complied: stopped because it was cancelled: the process ended with exit status 0; "
            "last output: bye");
  EXPECT_EQ(run(workers, "fine"), "fine");
}

TEST_F(LinesStopTest, a_process_that_ignores_it_is_killed_and_replaced) {
  LinesWorkers workers(with_grace(kSoon));
  const pid_t process = std::stoi(run(workers, "process"));
  EXPECT_EQ(stop_once_begun(workers, "stubborn"),
            "killed: stopped because it was cancelled: the process was killed, because it did not "
            "answer within 50 ms");
  EXPECT_TRUE(test::gone(process));
  EXPECT_EQ(run(workers, "fine"), "fine");
  EXPECT_EQ(workers.counters().killed, 1u);
  EXPECT_EQ(workers.counters().starts, 2u);
}

TEST_F(LinesStopTest, an_answer_after_the_grace_is_too_late) {
  LinesWorkers workers(with_grace(kSoon));
  EXPECT_TRUE(stop_once_begun(workers, "late").starts_with("killed: "));
  EXPECT_EQ(run(workers, "fine"), "fine");
}

TEST_F(LinesStopTest, what_a_killed_process_held_is_gone) {
  LinesWorkers workers(with_grace(kSoon));
  run(workers, JobText{"progress", "m1"});
  EXPECT_THAT(*state_.holding(), ElementsAre("m1"));
  EXPECT_TRUE(stop_here(workers, "stubborn", "m1").starts_with("killed: "));
  EXPECT_THAT(*state_.holding(), IsEmpty());
}

TEST_F(LinesStopTest, a_state_that_was_loaded_before_the_stop_is_held) {
  LinesWorkers workers(with_grace(kForEver));
  EXPECT_TRUE(stop_here(workers, "load, stop", "m1").starts_with("complied: "));
  EXPECT_EQ(state_.notes_about("m1").load_time, std::chrono::seconds(1));
  EXPECT_THAT(*state_.holding(), ElementsAre("m1"));
}

TEST_F(LinesStopTest, a_stop_in_mid_load_leaves_the_state_not_held) {
  LinesWorkers workers(with_grace(kForEver));
  run(workers, JobText{"progress", "m1"});
  EXPECT_TRUE(stop_here(workers, "stop", "m2").starts_with("complied: "));
  EXPECT_THAT(*state_.holding(), IsEmpty());
}

TEST_F(LinesStopTest, a_process_that_does_not_read_its_input_is_killed_too) {
  const std::string unread(8 << 20, 'x');
  LinesWorkers sleepers(
      {.command = test::command("sleep 1000"), .guard = guard_, .cancel_grace_ms = kSoon});
  auto outcome = begin(sleepers, unread);
  EXPECT_TRUE(test::eventually([&] { return sleepers.counters().starts == 1; }));
  control_.request_stop(StopReason::RequesterGone);
  EXPECT_TRUE(outcome.get().starts_with("killed: stopped because its requester has gone"));
}

TEST_F(LinesStopTest, a_job_that_is_to_stop_already_costs_no_process) {
  LinesWorkers workers(with_grace(kForEver));
  control_.request_stop(StopReason::Cancelled);
  EXPECT_EQ(run(workers, JobText{"fine", "", "7-1", &control_}),
            "complied: stopped because it was cancelled: it had not begun");
  EXPECT_EQ(workers.counters().starts, 0u);
}

TEST_F(LinesStopTest, a_stop_ends_the_wait_for_a_restart) {
  LinesTaskOptions slow = with_grace(kForEver);
  slow.restart_first_ms = slow.restart_max_ms = kForEver;
  LinesWorkers workers(slow);
  run(workers, "die");
  auto outcome = begin(workers, "fine");
  control_.request_stop(StopReason::Cancelled);
  EXPECT_EQ(outcome.get(), "complied: stopped because it was cancelled: it had not begun");
}

TEST_F(LinesStopTest, a_stop_ends_the_wait_for_a_free_process) {
  LinesWorkers workers(with_grace(kForEver));
  auto occupied = std::async(std::launch::async, [&] { return run(workers, "wait"); });
  const pid_t process = wait_until_begun();
  auto outcome = begin(workers, "fine");
  control_.request_stop(StopReason::Cancelled);
  EXPECT_EQ(outcome.get(), "complied: stopped because it was cancelled: it had not begun");
  ::kill(process, SIGUSR1);
  EXPECT_EQ(occupied.get(), "waited");
}

TEST_F(LinesStopTest, stopped_without_a_request_is_an_error) {
  LinesWorkers workers(with_grace(kForEver));
  EXPECT_EQ(run(workers, "stop unasked"),
            "error: the process stopped the job although nobody asked it to");
}

TEST_F(LinesStopTest, a_process_that_is_killed_in_mid_job_is_a_death) {
  LinesWorkers workers(options());
  auto outcome = begin(workers, "stubborn");
  ::kill(wait_until_begun(), SIGKILL);
  EXPECT_EQ(outcome.get(),
            "died: the process ended by signal 9 (Killed); it wrote nothing to standard error");
  EXPECT_EQ(run(workers, "fine"), "fine");
}

}  // namespace
}  // namespace steelyard
