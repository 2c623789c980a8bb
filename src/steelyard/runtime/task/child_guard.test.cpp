#include "steelyard/runtime/task/child_guard.hpp"

#include <csignal>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/test_support.hpp"

namespace steelyard {
namespace {

using std::chrono::steady_clock;

/// A shell that starts another process, says both process ids, and stays.
ChildCommand family() {
  return {{"sh", "-c", "sleep 1000 & echo $! $$; exec sleep 1000"}, {}};
}

std::unique_ptr<ChildProcess> spawn(ChildCommand command, std::shared_ptr<ChildGuard> guard) {
  auto child = ChildProcess::spawn(std::move(command), std::move(guard));
  EXPECT_TRUE(child.has_value()) << describe(child.error());
  return child ? std::move(*child) : nullptr;
}

std::string read_line(ChildProcess& child) {
  std::string line;
  while (!line.ends_with('\n') && child.output_open()) {
    static_cast<void>(child.wait_ready(false));
    child.read_output(line, 1000);
  }
  return line;
}

std::vector<pid_t> read_process_ids(ChildProcess& child) {
  std::istringstream words(read_line(child));
  std::vector<pid_t> ids;
  for (pid_t id = 0; words >> id;) ids.push_back(id);
  EXPECT_EQ(ids.size(), 2u);
  return ids;
}

bool all_gone(const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) {
    if (!test::gone(process)) return false;
  }
  return true;
}

/// The worker of the test below: says which processes there are, then waits to be killed.
[[noreturn]] void be_a_worker(int report) {
  const auto guard = test::new_guard();
  const auto first = spawn(family(), guard);
  const auto second = spawn(family(), guard);
  std::vector<pid_t> ids = read_process_ids(*first);
  for (const pid_t id : read_process_ids(*second)) ids.push_back(id);
  ids.push_back(guard->process());
  static_cast<void>(::write(report, ids.data(), ids.size() * sizeof(pid_t)) < 0);
  while (true) ::pause();
}

TEST(ChildGuard, kills_whole_groups_after_its_worker_was_killed) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  const pid_t worker = ::fork();
  if (worker == 0) be_a_worker(pipe->write_end.get());
  pipe->write_end.close();
  std::vector<pid_t> processes(5);
  const ssize_t expected = static_cast<ssize_t>(processes.size() * sizeof(pid_t));
  ASSERT_EQ(::read(pipe->read_end.get(), processes.data(), processes.size() * sizeof(pid_t)),
            expected);
  for (const pid_t process : processes) EXPECT_FALSE(test::gone(process));

  ::kill(worker, SIGKILL);
  ::waitpid(worker, nullptr, 0);
  EXPECT_TRUE(test::eventually([&] { return all_gone(processes); }));
}

/// The signals that a process has blocked, as bits: 1 for signal 1.
std::uint64_t blocked_signals(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;) {
    if (word == "SigBlk:" && file >> word) return std::stoull(word, nullptr, 16);
  }
  return 0;
}

TEST(ChildGuard, does_not_hear_the_terminals_signals) {
  const auto guard = test::new_guard();
  const std::uint64_t blocked = blocked_signals(guard->process());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
    EXPECT_NE(blocked & (std::uint64_t{1} << (signal - 1)), 0u) << signal;
  }
  EXPECT_TRUE(test::eventually([&] { return ::getsid(guard->process()) == guard->process(); }));
}

TEST(ChildGuard, keeps_no_file_of_the_program_open) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  const auto guard = test::new_guard();
  pipe->write_end.close();
  pollfd end_of_stream{pipe->read_end.get(), POLLIN, 0};
  const auto patience_ms = std::chrono::milliseconds(test::kPatience).count();
  EXPECT_EQ(::poll(&end_of_stream, 1, static_cast<int>(patience_ms)), 1);
  EXPECT_EQ(end_of_stream.revents, POLLHUP);
}

TEST(ChildGuard, kill_all_ends_children_and_refuses_new_ones) {
  const auto guard = test::new_guard();
  const auto child = spawn(family(), guard);
  const std::vector<pid_t> processes = read_process_ids(*child);
  EXPECT_FALSE(guard->stopped());
  guard->kill_all();
  guard->kill_all();
  EXPECT_TRUE(guard->stopped());
  EXPECT_EQ(child->wait_until(steady_clock::now() + test::kPatience),
            (ExitStatus{ExitStatus::Kind::Signalled, SIGKILL}));
  EXPECT_TRUE(test::eventually([&] { return all_gone(processes); }));
  const auto refused = ChildProcess::spawn(family(), guard);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(describe(refused.error()), "stopped: the worker was stopped");
}

TEST(ChildGuard, waiting_for_a_stop_ends_at_the_deadline_or_with_kill_all) {
  const auto guard = test::new_guard();
  EXPECT_FALSE(guard->wait_stopped_until(steady_clock::now()));
  std::thread stopper([&] { guard->kill_all(); });
  EXPECT_TRUE(guard->wait_stopped_until(steady_clock::now() + test::kPatience));
  stopper.join();
}

TEST(ChildGuard, what_a_child_leaves_behind_in_its_group_is_killed_at_its_end) {
  const auto guard = test::new_guard();
  const auto child = spawn({{"sh", "-c", "sleep 1000 & echo $! $$"}, {}}, guard);
  const std::vector<pid_t> processes = read_process_ids(*child);
  EXPECT_TRUE(child->wait_until(steady_clock::now() + test::kPatience).has_value());
  EXPECT_TRUE(test::eventually([&] { return all_gone(processes); }));
}

/// As be_a_worker, but its guard is killed while it has a child.
[[noreturn]] void be_a_worker_who_loses_its_guard(int report) {
  const auto guard = test::new_guard();
  const auto first = spawn(family(), guard);
  ::kill(guard->process(), SIGKILL);
  while (test::state_of(guard->process()) != 'Z') {
  }
  const auto second = spawn(family(), guard);
  std::vector<pid_t> ids = read_process_ids(*first);
  for (const pid_t id : read_process_ids(*second)) ids.push_back(id);
  ids.push_back(guard->process());
  static_cast<void>(::write(report, ids.data(), ids.size() * sizeof(pid_t)) < 0);
  while (true) ::pause();
}

TEST(ChildGuard, a_guard_that_was_killed_is_replaced_and_told_of_all_children) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  const pid_t worker = ::fork();
  if (worker == 0) be_a_worker_who_loses_its_guard(pipe->write_end.get());
  pipe->write_end.close();
  std::vector<pid_t> processes(5);
  ASSERT_GT(::read(pipe->read_end.get(), processes.data(), processes.size() * sizeof(pid_t)), 0);
  ::kill(worker, SIGKILL);
  ::waitpid(worker, nullptr, 0);
  EXPECT_TRUE(test::eventually([&] { return all_gone(processes); }));
}

TEST(ChildGuard, leaves_no_process_and_no_file) {
  const std::size_t files = test::count_open_files();
  const std::size_t children = test::count_children();
  {
    const auto guard = test::new_guard();
    EXPECT_EQ(test::count_children(), children + 1);
    const auto child = spawn(family(), guard);
    EXPECT_EQ(test::count_children(), children + 2);
  }
  EXPECT_EQ(test::count_open_files(), files);
  EXPECT_EQ(test::count_children(), children);
}

}  // namespace
}  // namespace steelyard
