#include "steelyard/runtime/task/exec_task.hpp"

#include <csignal>
#include <future>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "steelyard/runtime/task/test_support.hpp"

namespace steelyard {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Bytes of every value without a pattern that a lost block would keep.
std::string many_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t value = 1;
  for (char& byte : bytes) {
    value = value * 1664525 + 1013904223;
    byte = static_cast<char>(value >> 24);
  }
  return bytes;
}

class ExecTaskTest : public testing::Test {
 protected:
  TaskFunction task(std::string_view text, std::size_t max_result_bytes = 64 * kMiB) {
    return exec_task({test::command(text), guard_, max_result_bytes});
  }
  std::string run(std::string_view text, const Work& work) {
    return std::get<std::string>(task(text)(work, state_));
  }
  std::string run(std::string_view text, std::string_view payload = {}) {
    return run(text, Work{.queue = "q", .payload = payload, .state = {}, .user = {}, .id = "s-1"});
  }
  static std::string error_of(const TaskFunction& function, std::string_view payload = {},
                              JobControl* control = nullptr) {
    WorkerState state;
    try {
      function(Work{.queue = "q",
                    .payload = payload,
                    .state = {},
                    .user = {},
                    .id = "s-1",
                    .control = control},
               state);
    } catch (const StoppedError& error) {
      return std::string(error.was_killed() ? "killed: " : "complied: ") + error.what();
    } catch (const WorkerDiedError& error) {
      return std::string("died: ") + error.what();
    } catch (const RetryableError& error) {
      return std::string("retry: ") + error.what();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "no error";
  }

  std::shared_ptr<ChildGuard> guard_ = test::new_guard();
  WorkerState state_;
};

TEST_F(ExecTaskTest, payload_is_the_input_and_output_is_the_result) {
  EXPECT_EQ(run("tr a-z A-Z", "hello\n"), "HELLO\n");
  EXPECT_EQ(run("cat", ""), "");
}

TEST_F(ExecTaskTest, a_large_payload_goes_through_and_comes_back) {
  const std::string payload = many_bytes(8 * kMiB);
  EXPECT_TRUE(run("cat", payload) == payload);
}

TEST_F(ExecTaskTest, a_command_that_writes_before_it_reads_does_not_deadlock) {
  const std::string payload = many_bytes(8 * kMiB);
  const std::string result = run("sh -c 'head -c 8388608 /dev/zero; cat'", payload);
  EXPECT_EQ(result.size(), 16 * kMiB);
  EXPECT_TRUE(result.ends_with(payload));
}

TEST_F(ExecTaskTest, all_output_is_read_although_the_command_has_ended) {
  // The pipe is made so large (F_SETPIPE_SZ) that the command can end with much of it unread.
  EXPECT_EQ(run("perl -e 'fcntl(STDOUT, 1031, 1048576); syswrite(STDOUT, \"x\" x 1048576)'").size(),
            kMiB);
}

TEST_F(ExecTaskTest, a_command_that_never_reads_its_input_is_fine) {
  const std::string payload = many_bytes(8 * kMiB);
  EXPECT_EQ(run("echo done", payload), "done\n");
  EXPECT_EQ(run("sh -c 'exec 0<&-; echo closed'", payload), "closed\n");
}

TEST_F(ExecTaskTest, much_on_standard_error_is_no_obstacle) {
  EXPECT_EQ(run("sh -c 'head -c 1000000 /dev/zero >&2; echo done'"), "done\n");
}

TEST_F(ExecTaskTest, exit_status_is_a_failure_with_the_end_of_standard_error) {
  EXPECT_EQ(error_of(task("sh -c 'echo out; echo no such model >&2; exit 3'")),
            "exit status 3: no such model");
  EXPECT_EQ(error_of(task("false")), "exit status 1, and nothing on standard error");
}

TEST_F(ExecTaskTest, lines_of_standard_error_are_told_with_their_job) {
  test::SaidLines said;
  const TaskFunction function =
      exec_task({.command = test::command("sh -c 'echo one >&2; cat; printf two >&2; exit 3'"),
                 .guard = guard_,
                 .said = said.listener()});
  EXPECT_EQ(error_of(function), "exit status 3: one\ntwo");
  EXPECT_EQ(said.lines(), (std::vector<std::string>{"s-1: one", "s-1: two"}));
}

TEST_F(ExecTaskTest, a_signal_is_the_death_of_a_worker_with_its_last_output) {
  EXPECT_EQ(error_of(task("sh -c 'echo on my way >&2; kill -TERM $$'")),
            "died: the command ended by signal 15 (Terminated); last output: on my way");
  EXPECT_EQ(error_of(task("sh -c 'kill -SEGV $$'")),
            "died: the command ended by signal 11 (Segmentation fault); it wrote nothing to "
            "standard error");
}

TEST_F(ExecTaskTest, a_command_that_does_not_exist_fails_every_job_with_its_name) {
  EXPECT_EQ(error_of(task("no-such-command-here {state}")),
            "cannot start 'no-such-command-here': no such command in PATH");
}

TEST_F(ExecTaskTest, environment_tells_about_the_job) {
  const Work work{.queue = "q",
                  .payload = "",
                  .state = "m 1",
                  .user = "ada",
                  .id = "7-42",
                  .attempt = 3,
                  .hop = 2};
  EXPECT_EQ(run("sh -c 'echo \"$STEELYARD_JOB_ID|$STEELYARD_STATE|$STEELYARD_ATTEMPT|"
                "$STEELYARD_HOP|$STEELYARD_USER\"'",
                work),
            "7-42|m 1|3|2|ada\n");
}

TEST_F(ExecTaskTest, several_parts_are_joined_by_newlines) {
  EXPECT_EQ(run("sh -c 'read -r head; printf \"%s|\" \"$head\"; cat'",
                pack_parts({"{\"method\":\"POST\"}", "a\nbody\n"})),
            "{\"method\":\"POST\"}|a\nbody\n");
  EXPECT_EQ(run("cat", pack_parts({"", "", "x"})), "\n\nx");
  EXPECT_EQ(run("cat", pack_parts({})), "");
}

TEST_F(ExecTaskTest, a_payload_that_wrongly_says_it_has_parts_is_read_as_it_is) {
  const std::string cut = pack_parts({"a", "b"}).substr(0, 14);
  EXPECT_EQ(run("cat", cut), cut);
}

TEST_F(ExecTaskTest, state_fills_one_argument_even_with_blanks_and_quotes) {
  const Work work{.queue = "q", .payload = "", .state = "a 'b\" $(c)", .user = {}, .id = "s-1"};
  EXPECT_EQ(run("printf '[%s]' {state} --model={state}", work),
            "[a 'b\" $(c)][--model=a 'b\" $(c)]");
}

TEST_F(ExecTaskTest, a_result_of_exactly_the_limit_passes_and_one_byte_more_fails) {
  const Work work{.queue = "q", .payload = "12345", .state = {}, .user = {}, .id = {}};
  EXPECT_EQ(std::get<std::string>(task("cat", 5)(work, state_)), "12345");
  EXPECT_EQ(error_of(task("cat", 5), "123456"),
            "the result is larger than max_result_bytes = 5; the command was killed");
}

TEST_F(ExecTaskTest, an_endless_result_is_cut_and_its_command_killed) {
  const std::size_t children = test::count_children();
  EXPECT_EQ(error_of(task("yes", kMiB)),
            "the result is larger than max_result_bytes = 1048576; the command was killed");
  EXPECT_EQ(test::count_children(), children);
}

TEST_F(ExecTaskTest, the_job_ends_with_its_command_although_the_output_stays_open) {
  EXPECT_EQ(run("sh -c 'sleep 1000 & echo done'"), "done\n");
}

TEST_F(ExecTaskTest, kill_all_ends_a_job_in_flight_with_an_error_worth_another_attempt) {
  const std::size_t children = test::count_children();
  auto error = std::async(std::launch::async, [&] { return error_of(task("sleep 1000")); });
  EXPECT_TRUE(test::eventually([&] { return test::count_children() == children + 1; }));
  guard_->kill_all();
  EXPECT_EQ(error.get(), "retry: the worker was stopped in mid-job");
  EXPECT_EQ(error_of(task("true")), "retry: the worker was stopped in mid-job");
}

/// A command that says, by a file, that it runs, and is then asked to stop.
class StoppedExecTest : public ExecTaskTest {
 protected:
  static constexpr auto kForEver = std::chrono::hours(1);

  TaskFunction script(std::string_view text, std::chrono::milliseconds grace) {
    const std::string file = folder_.file("script", text);
    return exec_task({.command = test::command("sh " + file + " " + started_),
                      .guard = guard_,
                      .max_result_bytes = kMiB,
                      .cancel_grace_ms = grace});
  }
  std::string stop_once_started(const TaskFunction& function) {
    auto error = std::async(std::launch::async, [&] { return error_of(function, {}, &control_); });
    EXPECT_TRUE(test::eventually([&] { return !folder_.text_of("started").empty(); }));
    control_.request_stop(StopReason::Cancelled);
    return error.get();
  }

  test::TestFiles folder_;
  const std::string started_ = folder_.file("started", "");
  JobControl control_;
};

TEST_F(StoppedExecTest, a_command_ends_when_it_is_asked_to) {
  const std::size_t children = test::count_children();
  EXPECT_EQ(stop_once_started(script("echo $$ > $1; sleep 1000", kForEver)),
            "complied: stopped because it was cancelled: the command ended when it was asked to");
  EXPECT_EQ(test::count_children(), children);
}

TEST_F(StoppedExecTest, one_that_ignores_it_is_killed_after_the_grace) {
  const std::string ignores = "trap '' TERM; echo $$ > $1; while :; do sleep 1000; done";
  EXPECT_EQ(stop_once_started(script(ignores, std::chrono::milliseconds(50))),
            "killed: stopped because it was cancelled: the command was killed, because it did not "
            "end within 50 ms");
  EXPECT_TRUE(test::gone(std::stoi(folder_.text_of("started"))));
}

TEST_F(StoppedExecTest, what_it_still_writes_is_no_result) {
  const std::string cleans_up =
      "trap 'yes | head -c 10000000; exit 0' TERM; echo $$ > $1; "
      "while :; do sleep 0.01; done";
  EXPECT_EQ(stop_once_started(script(cleans_up, kForEver)),
            "complied: stopped because it was cancelled: the command ended when it was asked to");
}

TEST_F(StoppedExecTest, one_that_was_killed_by_another_after_the_request_has_stopped) {
  const std::string dies = "trap 'kill -9 $$' TERM; echo $$ > $1; while :; do sleep 0.01; done";
  EXPECT_TRUE(stop_once_started(script(dies, kForEver)).starts_with("complied: "));
}

TEST_F(StoppedExecTest, one_that_floods_its_output_is_killed_after_the_grace) {
  const std::string floods = "trap yes TERM; echo $$ > $1; while :; do sleep 0.01; done";
  EXPECT_TRUE(
      stop_once_started(script(floods, std::chrono::milliseconds(50))).starts_with("killed: "));
}

TEST_F(StoppedExecTest, a_job_that_is_to_stop_already_is_not_started) {
  control_.request_stop(StopReason::TimedOut);
  EXPECT_EQ(error_of(script("echo $$ > $1", kForEver), {}, &control_),
            "complied: stopped because it ran longer than its time limit: the command was not "
            "started");
  EXPECT_EQ(folder_.text_of("started"), "");
}

TEST_F(ExecTaskTest, many_threads_run_jobs_at_once) {
  const TaskFunction function = task("cat");
  std::vector<std::future<bool>> good;
  good.reserve(8);
  for (int thread = 0; thread < 8; ++thread) {
    good.push_back(std::async(std::launch::async, [&function, thread] {
      WorkerState state;
      for (int job = 0; job < 10; ++job) {
        const std::string payload = std::to_string(thread) + ":" + std::to_string(job);
        const Work work{.queue = "q", .payload = payload, .state = {}, .user = {}, .id = "s-1"};
        if (function(work, state) != Answer(payload)) return false;
      }
      return true;
    }));
  }
  for (auto& each : good) EXPECT_TRUE(each.get());
}

TEST_F(ExecTaskTest, the_workers_state_is_not_touched) {
  state_.mark_loaded("m1");
  run("true");
  EXPECT_EQ(state_.name(), "m1");
  EXPECT_EQ(state_.loads(), 1u);
}

TEST_F(ExecTaskTest, no_zombie_and_no_file_is_left) {
  run("true");
  const std::size_t files = test::count_open_files();
  const std::size_t children = test::count_children();
  run("cat", "x");
  error_of(task("false"));
  error_of(task("no-such-command-here"));
  error_of(task("yes", 10));
  EXPECT_EQ(test::count_open_files(), files);
  EXPECT_EQ(test::count_children(), children);
}

}  // namespace
}  // namespace steelyard
