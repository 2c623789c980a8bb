#include "steelyard/runtime/task/lines_task.hpp"

#include <csignal>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/task/test_lines.hpp"

namespace steelyard {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::JobText;
using test::LinesTaskTest;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(LinesTaskTest, a_job_is_a_line_with_id_state_payload_and_attempt) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, JobText{"line", "m1"}),
            R"({"id":"7-1","state":"m1","payload":"line","attempt":2,"hop":0})");
}

TEST_F(LinesTaskTest, one_process_serves_job_after_job) {
  LinesWorkers workers(options());
  const std::string process = run(workers, "process");
  EXPECT_EQ(run(workers, "hello \"you\"\n\u20ac"), "hello \"you\"\n\u20ac");
  EXPECT_EQ(run(workers, "process"), process);
  EXPECT_EQ(workers.counters().starts, 1u);
}

TEST_F(LinesTaskTest, a_large_payload_goes_through_and_comes_back) {
  LinesWorkers workers(options());
  const std::string payload(8 << 20, 'x');
  EXPECT_TRUE(run(workers, payload) == payload);
}

TEST_F(LinesTaskTest, bytes_that_are_not_utf8_go_and_come_as_base64) {
  const std::string script =
      folder_.file("echo.sed", R"(s/^{"id":\("[^"]*"\).*"payload_base64":\("[^"]*"\).*$/)"
                               R"({"id":\1,"result_base64":\2}/)");
  LinesWorkers workers(options("sed -u -f " + script));
  const std::string payload("\xff\x00\x80 bytes", 9);
  EXPECT_EQ(run(workers, payload), payload);
}

TEST_F(LinesTaskTest, errors_reach_the_requester_and_retry_is_kept) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, "error"), "error: no such model");
  EXPECT_EQ(run(workers, "retry"), "retry: busy");
  EXPECT_EQ(run(workers, "base64"), "\xff\xfe\xfd");
  EXPECT_EQ(workers.counters().starts, 1u);
}

TEST_F(LinesTaskTest, a_forward_says_where_the_job_goes_on) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, "forward"), "to q with state m2: {\"n\":1}");
}

TEST_F(LinesTaskTest, answers_for_an_unknown_job_are_counted_and_ignored) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, "unknown"), "y");
  EXPECT_EQ(workers.counters().unknown_answers, 1u);
}

TEST_F(LinesTaskTest, a_crash_in_mid_job_names_the_reason_and_the_next_job_is_served) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, "die"),
            "died: the process ended with exit status 3; last output: out of memory");
  EXPECT_EQ(run(workers, "fine"), "fine");
  EXPECT_EQ(workers.counters().starts, 2u);
}

TEST_F(LinesTaskTest, an_answer_just_before_the_end_counts) {
  LinesWorkers workers(options());
  const pid_t process = std::stoi(run(workers, "answer, die"));
  EXPECT_TRUE(test::eventually([&] { return test::gone(process); }));
  EXPECT_EQ(run(workers, "fine"), "fine");
}

TEST_F(LinesTaskTest, a_process_that_ended_while_idle_costs_no_job) {
  LinesWorkers workers(options());
  const pid_t process = std::stoi(run(workers, "process"));
  ::kill(process, SIGKILL);
  EXPECT_TRUE(test::eventually([&] { return test::gone(process); }));
  EXPECT_EQ(run(workers, "fine"), "fine");
}

TEST_F(LinesTaskTest, garbage_fails_the_job_and_replaces_the_process) {
  LinesWorkers workers(options());
  const pid_t process = std::stoi(run(workers, "process"));
  EXPECT_EQ(run(workers, "garbage"),
            "error: the process wrote a line that is not JSON (logs belong on standard error): "
            "loading model ...; it will be replaced");
  EXPECT_TRUE(test::gone(process));
  EXPECT_NE(run(workers, "process"), std::to_string(process));
  EXPECT_EQ(workers.counters().replaced, 1u);
}

TEST_F(LinesTaskTest, a_line_over_the_limit_fails_the_job_and_replaces_the_process) {
  LinesTaskOptions small = options();
  small.max_line_bytes = 2000;
  LinesWorkers workers(small);
  const std::string expected =
      "error: the process wrote a line longer than max_line_bytes = 2000; it will be replaced";
  EXPECT_EQ(run(workers, "long line"), expected);
  EXPECT_EQ(run(workers, "flood"), expected);
  EXPECT_EQ(run(workers, "fine"), "fine");
}

TEST_F(LinesTaskTest, a_process_that_can_not_be_talked_to_any_more_is_replaced) {
  LinesWorkers workers(options());
  EXPECT_EQ(
      run(workers, "close output"),
      "died: the process closed its standard input or output in mid-job and ended by signal 9 "
      "(Killed); it wrote nothing to standard error");
  EXPECT_EQ(run(workers, "close input"), "deaf");
  EXPECT_TRUE(run(workers, std::string(1 << 20, 'x')).starts_with("died: the process closed"));
  EXPECT_EQ(run(workers, "fine"), "fine");
}

TEST_F(LinesTaskTest, a_command_that_does_not_exist_fails_every_job_with_its_name) {
  LinesWorkers workers(options("no-such-command-here"));
  for (int job = 0; job < 2; ++job) {
    EXPECT_EQ(run(workers, "x"),
              "error: cannot start 'no-such-command-here': no such command in PATH");
  }
}

TEST_F(LinesTaskTest, restarts_without_an_answer_wait_twice_as_long_each_time) {
  LinesTaskOptions patient = options();
  patient.restart_first_ms = milliseconds(40);
  LinesWorkers workers(patient);
  const auto begin = steady_clock::now();
  for (int job = 0; job < 3; ++job) run(workers, "die");
  EXPECT_GE(steady_clock::now() - begin, milliseconds(40 + 80));
}

TEST_F(LinesTaskTest, the_wait_before_a_restart_is_bounded) {
  LinesTaskOptions bounded = options();
  bounded.restart_first_ms = std::chrono::hours(1);
  bounded.restart_max_ms = milliseconds(1);
  LinesWorkers workers(bounded);
  for (int job = 0; job < 3; ++job) run(workers, "die");
  EXPECT_EQ(workers.counters().starts, 3u);
}

TEST_F(LinesTaskTest, an_answer_resets_the_wait_before_a_restart) {
  LinesTaskOptions slow = options();
  slow.restart_first_ms = milliseconds(1);
  slow.restart_max_ms = std::chrono::hours(1);
  LinesWorkers workers(slow);
  // Without the reset the thirtieth wait would be longer than a week.
  for (int job = 0; job < 30; ++job) {
    EXPECT_EQ(run(workers, "fine"), "fine");
    EXPECT_TRUE(run(workers, "die").starts_with("died"));
  }
}

TEST_F(LinesTaskTest, what_the_process_says_it_loaded_is_what_the_worker_holds) {
  LinesWorkers workers(options());
  EXPECT_FALSE(state_.holding());
  EXPECT_EQ(run(workers, JobText{"progress", "m1"}), "done");
  EXPECT_EQ(state_.notes_about("m1").load_time, milliseconds(500));
  EXPECT_THAT(*state_.holding(), ElementsAre("m1"));
  run(workers, JobText{"error", "m1"});
  EXPECT_EQ(state_.notes_about("m1").load_time.count(), 0);
  EXPECT_THAT(*state_.holding(), ElementsAre("m1"));
  run(workers, JobText{"error", "m2"});
  EXPECT_THAT(*state_.holding(), IsEmpty());
  run(workers, JobText{"load, fail", "m2"});
  EXPECT_THAT(*state_.holding(), ElementsAre("m2"));
  run(workers, JobText{"die", "m2"});
  EXPECT_THAT(*state_.holding(), IsEmpty());
}

TEST_F(LinesTaskTest, a_load_that_failed_is_told_apart_from_other_errors) {
  LinesWorkers workers(options());
  run(workers, JobText{"progress", "m1"});
  EXPECT_EQ(run(workers, JobText{"cannot load", "m1"}), "error: no room");
  EXPECT_TRUE(state_.notes_about("m1").load_failed);
  EXPECT_THAT(*state_.holding(), IsEmpty());
  run(workers, JobText{"error", "m1"});
  EXPECT_FALSE(state_.notes_about("m1").load_failed);
}

TEST_F(LinesTaskTest, the_size_of_a_state_is_passed_on) {
  LinesWorkers workers(options());
  EXPECT_EQ(run(workers, JobText{"large", "m1"}), "done");
  EXPECT_EQ(state_.notes_about("m1").bytes, 4'000'000'000u);
}

TEST_F(LinesTaskTest, a_process_of_one_state_is_never_told_to_let_go_of_it) {
  LinesWorkers workers(options());
  run(workers, JobText{"progress", "m1"});
  workers.evict("m1");
  EXPECT_EQ(run(workers, JobText{"evicted", "m2"}), "");
}

TEST_F(LinesTaskTest, a_process_of_several_states_is_told_before_its_next_job) {
  LinesTaskOptions several = options();
  several.states_per_process = 2;
  LinesWorkers workers(several);
  run(workers, JobText{"progress", "m1"});
  run(workers, JobText{"progress", "m2"});
  EXPECT_THAT(*state_.holding(), ElementsAre("m1", "m2"));
  workers.evict("m1");
  workers.evict("unknown");
  EXPECT_EQ(run(workers, JobText{"evicted", "m2"}), "m1");
  EXPECT_THAT(*state_.holding(), ElementsAre("m2"));
}

TEST_F(LinesTaskTest, a_full_process_is_told_to_let_go_of_what_it_used_least_recently) {
  LinesTaskOptions several = options();
  several.states_per_process = 2;
  LinesWorkers workers(several);
  for (const std::string_view state : {"m1", "m2", "m1", "m3"}) {
    run(workers, JobText{"progress", state});
  }
  EXPECT_EQ(run(workers, JobText{"evicted", "m3"}), "m2");
  EXPECT_THAT(*state_.holding(), ElementsAre("m1", "m3"));
}

TEST_F(LinesTaskTest, a_state_is_loaded_ahead_of_any_job) {
  LinesWorkers workers(options());
  workers.load("m1", state_);
  EXPECT_EQ(state_.notes_about("m1").load_time, milliseconds(250));
  EXPECT_THAT(*state_.holding(), ElementsAre("m1"));
  EXPECT_THROW(workers.load("broken", state_), std::runtime_error);
  EXPECT_EQ(run(workers, JobText{"fine", "m1"}), "fine");
}

TEST_F(LinesTaskTest, as_a_task_it_loads_ahead_only_when_it_was_told_to) {
  const Task reserved = lines_task(options());
  EXPECT_THROW(reserved.options.load("m1", state_), std::runtime_error);
  const Task eager = lines_task(options(), true);
  EXPECT_NO_THROW(eager.options.load("m1", state_));
}

TEST_F(LinesTaskTest, several_processes_hold_states_of_their_own) {
  LinesTaskOptions two = options();
  two.processes = 2;
  LinesWorkers workers(two);
  EXPECT_EQ(run(workers, JobText{"progress", "m1"}), "done");
  EXPECT_EQ(run(workers, JobText{"progress", "m2"}), "done");
  EXPECT_THAT(*state_.holding(), ElementsAre("m1", "m2"));
  workers.evict("m2");
  EXPECT_EQ(run(workers, JobText{"progress", "m3"}), "done");
  EXPECT_THAT(*state_.holding(), ElementsAre("m1", "m3"));
  EXPECT_EQ(workers.counters().starts, 2u);
}

TEST_F(LinesTaskTest, a_process_that_served_the_state_last_is_preferred) {
  LinesTaskOptions two = options();
  two.processes = 2;
  LinesWorkers workers(two);
  auto occupied = std::async(std::launch::async, [&] {
    return run(workers, JobText{"wait", "m1"});
  });
  const std::string first = std::to_string(wait_until_begun());
  const std::string second = run(workers, JobText{"process", "m2"});
  EXPECT_NE(second, first);
  ::kill(std::stoi(first), SIGUSR1);
  EXPECT_EQ(occupied.get(), "waited");
  EXPECT_EQ(run(workers, JobText{"process", "m1"}), first);
  EXPECT_EQ(run(workers, JobText{"process", "m2"}), second);
  EXPECT_EQ(run(workers, JobText{"process", "m2"}), second);
  EXPECT_EQ(run(workers, JobText{"process", "m1"}), first);
}

TEST_F(LinesTaskTest, many_threads_share_the_processes) {
  for (const std::size_t processes : {1u, 3u}) {
    LinesTaskOptions shared = options();
    shared.processes = processes;
    LinesWorkers workers(shared);
    std::vector<std::future<bool>> good;
    good.reserve(8);
    for (int thread = 0; thread < 8; ++thread) {
      good.push_back(std::async(std::launch::async, [this, &workers, thread] {
        for (int job = 0; job < 50; ++job) {
          const std::string id = std::to_string(thread) + "-" + std::to_string(job);
          if (run(workers, JobText{"p" + id, "", id}) != "p" + id) return false;
        }
        return true;
      }));
    }
    for (auto& each : good) EXPECT_TRUE(each.get());
    EXPECT_LE(workers.counters().starts, processes);
  }
}

TEST_F(LinesTaskTest, kill_all_ends_a_job_in_flight_and_one_that_waits_for_a_restart) {
  LinesTaskOptions two = options();
  two.processes = 2;
  two.restart_first_ms = two.restart_max_ms = std::chrono::hours(1);
  LinesWorkers workers(two);
  run(workers, "die");
  auto silent = std::async(std::launch::async, [&] { return run(workers, "silent"); });
  auto waiting = std::async(std::launch::async, [&] { return run(workers, "silent"); });
  EXPECT_TRUE(test::eventually([&] { return workers.counters().starts == 2; }));
  guard_->kill_all();
  EXPECT_EQ(silent.get(), "retry: the worker was stopped in mid-job");
  EXPECT_EQ(waiting.get(), "retry: the worker was stopped in mid-job");
}

TEST_F(LinesTaskTest, at_the_end_processes_may_finish_and_those_that_do_not_are_killed) {
  const std::string saved = folder_.file("saved", "");
  const std::size_t files = test::count_open_files();
  const std::size_t children = test::count_children();
  {
    LinesWorkers polite(
        options("sh -c 'read -r line; echo \"{\\\"id\\\":\\\"7-1\\\",\\\"result\\\":"
                "1}\"; cat; echo saved > " +
                saved + "'"));
    EXPECT_EQ(run(polite, "x"), "1");
    LinesTaskOptions impatient = options(
        "sh -c 'read -r line; echo \"{\\\"id\\\":\\\"7-1\\\",\\\"result\\\":1}\"; sleep 1000'");
    impatient.stop_grace_ms = milliseconds(1);
    LinesWorkers stubborn(impatient);
    EXPECT_EQ(run(stubborn, "x"), "1");
  }
  EXPECT_EQ(test::count_open_files(), files);
  EXPECT_EQ(test::count_children(), children);
  EXPECT_EQ(folder_.text_of("saved"), "saved\n");
}

TEST_F(LinesTaskTest, as_a_task_the_processes_end_with_the_last_copy) {
  const std::size_t children = test::count_children();
  TaskFunction function = lines_task(options()).function;
  const TaskFunction copy = function;
  const Work work{.queue = "q", .payload = "hello", .state = {}, .user = {}, .id = "7-1"};
  EXPECT_EQ(copy(work, state_), Answer("hello"));
  EXPECT_EQ(test::count_children(), children + 1);
  function = nullptr;
  EXPECT_EQ(copy(work, state_), Answer("hello"));
}

class LinesLogTest : public LinesTaskTest {
 protected:
  LinesTaskOptions logging() {
    LinesTaskOptions with_log = options();
    with_log.said = said_.listener();
    return with_log;
  }

  test::SaidLines said_;
};

TEST_F(LinesLogTest, what_a_process_logs_is_told_with_its_job_and_at_its_end_without) {
  {
    LinesWorkers workers(logging());
    EXPECT_EQ(run(workers, "log"), "logged");
    EXPECT_EQ(said_.lines(), (std::vector<std::string>{"7-1: on it"}));
  }
  EXPECT_EQ(said_.lines(), (std::vector<std::string>{"7-1: on it", ": end of input"}));
}

TEST_F(LinesLogTest, what_it_logs_between_two_jobs_is_told_without_waiting_for_the_next) {
  LinesWorkers workers(logging());
  const pid_t process = std::stoi(run(workers, "log later"));
  EXPECT_EQ(said_.lines(), std::vector<std::string>());
  ::kill(process, SIGUSR1);
  EXPECT_TRUE(test::eventually([&] { return !said_.lines().empty(); }));
  EXPECT_EQ(said_.lines(), (std::vector<std::string>{": later"}));
}

TEST_F(LinesLogTest, what_it_logs_before_it_dies_or_is_replaced_is_told) {
  LinesWorkers workers(logging());
  EXPECT_EQ(run(workers, "die"),
            "died: the process ended with exit status 3; last output: out of memory");
  EXPECT_EQ(run(workers, "log, garbage").substr(0, 6), "error:");
  EXPECT_EQ(said_.lines(), (std::vector<std::string>{"7-1: out of memory", "7-1: on it"}));
}

}  // namespace
}  // namespace steelyard
