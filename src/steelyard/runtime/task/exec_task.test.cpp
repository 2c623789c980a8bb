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
  std::string run(std::string_view text, const Work& work) { return task(text)(work, state_); }
  std::string run(std::string_view text, std::string_view payload = {}) {
    return run(text, Work{.queue = "q", .payload = payload, .state = {}, .user = {}, .id = "s-1"});
  }
  static std::string error_of(const TaskFunction& function, std::string_view payload = {}) {
    WorkerState state;
    try {
      function(Work{.queue = "q", .payload = payload, .state = {}, .user = {}, .id = "s-1"}, state);
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

TEST_F(ExecTaskTest, a_signal_is_a_failure_that_names_it) {
  EXPECT_EQ(error_of(task("sh -c 'echo on my way >&2; kill -TERM $$'")),
            "killed by signal 15 (SIGTERM): on my way");
}

TEST_F(ExecTaskTest, a_command_that_does_not_exist_fails_every_job_with_its_name) {
  EXPECT_EQ(error_of(task("no-such-command-here {state}")),
            "cannot start 'no-such-command-here': no such command in PATH");
}

TEST_F(ExecTaskTest, environment_tells_about_the_job) {
  const Work work{
      .queue = "q", .payload = "", .state = "m 1", .user = "ada", .id = "7-42", .attempt = 3};
  EXPECT_EQ(run("sh -c 'echo \"$STEELYARD_JOB_ID|$STEELYARD_STATE|$STEELYARD_ATTEMPT|"
                "$STEELYARD_USER\"'",
                work),
            "7-42|m 1|3|ada\n");
}

TEST_F(ExecTaskTest, state_fills_one_argument_even_with_blanks_and_quotes) {
  const Work work{.queue = "q", .payload = "", .state = "a 'b\" $(c)", .user = {}, .id = "s-1"};
  EXPECT_EQ(run("printf '[%s]' {state} --model={state}", work),
            "[a 'b\" $(c)][--model=a 'b\" $(c)]");
}

TEST_F(ExecTaskTest, a_result_of_exactly_the_limit_passes_and_one_byte_more_fails) {
  EXPECT_EQ(task("cat", 5)(
                Work{.queue = "q", .payload = "12345", .state = {}, .user = {}, .id = {}}, state_),
            "12345");
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
        if (function(work, state) != payload) return false;
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
