#include "steelyard/runtime/task/child_process.hpp"

#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "steelyard/runtime/task/test_support.hpp"

namespace steelyard {
namespace {

using std::chrono::steady_clock;

class ChildProcessTest : public testing::Test {
 protected:
  Result<std::unique_ptr<ChildProcess>> try_spawn(std::vector<std::string> words,
                                                  Environment environment = {}) {
    return ChildProcess::spawn({std::move(words), std::move(environment)}, guard_);
  }
  std::unique_ptr<ChildProcess> spawn(std::vector<std::string> words,
                                      Environment environment = {}) {
    auto child = try_spawn(std::move(words), std::move(environment));
    EXPECT_TRUE(child.has_value()) << describe(child.error());
    return child ? std::move(*child) : nullptr;
  }
  std::string why_refused(std::vector<std::string> words) {
    const auto child = try_spawn(std::move(words));
    EXPECT_FALSE(child.has_value());
    return child ? "" : describe(child.error());
  }
  static std::string read_all(ChildProcess& child) {
    std::string text;
    while (child.output_open()) {
      static_cast<void>(child.wait_ready(false));
      child.read_output(text, 1000);
    }
    return text;
  }
  static ExitStatus end(ChildProcess& child) {
    return child.end_by(steady_clock::now() + test::kPatience);
  }

  test::TestFiles folder_;
  std::shared_ptr<ChildGuard> guard_ = test::new_guard();
};

TEST_F(ChildProcessTest, input_goes_in_and_output_comes_out) {
  const auto child = spawn({"cat"});
  EXPECT_EQ(child->write_input("hello"), 5u);
  child->close_input();
  EXPECT_EQ(read_all(*child), "hello");
  EXPECT_TRUE(end(*child).success());
}

TEST_F(ChildProcessTest, arguments_arrive_as_they_are) {
  const auto child = spawn({"printf", "[%s]", "a b", "", "'\"$x\\", "*"});
  EXPECT_EQ(read_all(*child), "[a b][]['\"$x\\][*]");
}

TEST_F(ChildProcessTest, environment_is_added_to_and_replaces_the_programs_own) {
  ::setenv("STEELYARD_TEST_KEPT", "kept", 1);
  ::setenv("STEELYARD_TEST_REPLACED", "old", 1);
  const auto child =
      spawn({"sh", "-c", "echo $STEELYARD_TEST_KEPT $STEELYARD_TEST_REPLACED $STEELYARD_TEST_NEW"},
            {{"STEELYARD_TEST_REPLACED", "new"}, {"STEELYARD_TEST_NEW", "a=b"}});
  EXPECT_EQ(read_all(*child), "kept new a=b\n");
  ::unsetenv("STEELYARD_TEST_KEPT");
  ::unsetenv("STEELYARD_TEST_REPLACED");
}

TEST_F(ChildProcessTest, a_command_that_does_not_exist_is_refused_by_name) {
  EXPECT_EQ(why_refused({"no-such-command-here"}),
            "system_error: cannot start 'no-such-command-here': no such command in PATH");
  EXPECT_NE(why_refused({"/no/such/file"}).find("cannot start '/no/such/file': no such file"),
            std::string::npos);
}

TEST_F(ChildProcessTest, a_file_that_is_not_executable_is_refused) {
  const std::string file = folder_.file("script", "#!/bin/sh\n");
  EXPECT_EQ(why_refused({file}),
            "system_error: cannot start '" + file + "': not executable (permission denied)");
}

TEST_F(ChildProcessTest, a_file_that_is_no_program_is_refused) {
  const std::string file = folder_.file("text", "hello\n");
  ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
  EXPECT_NE(why_refused({file}).find("not a program"), std::string::npos);
}

TEST_F(ChildProcessTest, a_zero_byte_in_an_argument_is_refused) {
  EXPECT_NE(why_refused({"echo", std::string("a\0b", 3)}).find("zero byte"), std::string::npos);
}

TEST_F(ChildProcessTest, exit_status_and_signal_are_told_apart_and_explained) {
  const auto exits = spawn({"sh", "-c", "echo ' it broke' >&2; exit 3"});
  EXPECT_EQ(end(*exits), (ExitStatus{ExitStatus::Kind::Exited, 3}));
  EXPECT_EQ(exits->describe_end(), "exit status 3:  it broke");
  const auto dies = spawn({"sh", "-c", "kill -SEGV $$"});
  EXPECT_EQ(end(*dies), (ExitStatus{ExitStatus::Kind::Signalled, SIGSEGV}));
  EXPECT_EQ(dies->describe_end(), "killed by signal 11 (SIGSEGV), and nothing on standard error");
}

TEST_F(ChildProcessTest, the_end_of_standard_error_is_kept) {
  const auto child =
      spawn({"sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo END >&2"});
  while (!child->wait_ready(false).ended) child->read_errors();
  end(*child);
  const std::string text = child->describe_end();
  EXPECT_TRUE(text.starts_with("exit status 0: ... xxx")) << text.substr(0, 50);
  EXPECT_TRUE(text.ends_with("xxxEND"));
  EXPECT_LT(text.size(), kStderrEndBytes + 50);
}

TEST_F(ChildProcessTest, lines_of_standard_error_are_told_the_last_one_at_its_end) {
  std::vector<std::string> said;
  const auto child =
      ChildProcess::spawn({.words = {"sh", "-c", "echo one >&2; echo no; printf 'two\\nthree' >&2"},
                           .said = [&](std::string_view line) { said.emplace_back(line); }},
                          guard_);
  ASSERT_TRUE(child.has_value());
  end(**child);
  EXPECT_EQ(said, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ((*child)->describe_end(), "exit status 0: one\ntwo\nthree");
}

TEST_F(ChildProcessTest, reads_are_bounded) {
  const auto child = spawn({"printf", "abcdef"});
  std::string text;
  static_cast<void>(child->wait_ready(false));
  EXPECT_EQ(child->read_output(text, 4), 4u);
  EXPECT_EQ(child->read_output(text, 0), 0u);
  EXPECT_EQ(text, "abcd");
}

TEST_F(ChildProcessTest, waiting_ends_at_the_deadline_while_the_child_runs) {
  const auto child = spawn({"sleep", "1000"});
  EXPECT_EQ(child->wait_until(steady_clock::now()), std::nullopt);
  EXPECT_EQ(child->end_by(steady_clock::now()), (ExitStatus{ExitStatus::Kind::Signalled, SIGKILL}));
}

TEST_F(ChildProcessTest, a_child_that_closed_its_input_closes_ours) {
  const auto child = spawn({"sh", "-c", "exec 0<&-; echo closed; exec sleep 1000"});
  static_cast<void>(child->wait_ready(false));
  while (!child->wait_ready(true).input) {
  }
  std::string text;
  while (text.empty()) child->read_output(text, 100);
  EXPECT_EQ(child->write_input("x"), 0u);
  EXPECT_FALSE(child->input_open());
}

TEST_F(ChildProcessTest, a_child_inherits_no_files_but_its_three_streams) {
  const int inherited = ::fcntl(STDIN_FILENO, F_DUPFD, 200);  // not close-on-exec, on purpose
  const auto child = spawn({"sh", "-c", "ls /proc/$$/fd"});
  const std::string files = read_all(*child);
  EXPECT_EQ(files.find(std::to_string(inherited) + "\n"), std::string::npos) << files;
  EXPECT_TRUE(files.starts_with("0\n1\n2\n")) << files;
  ::close(inherited);
}

TEST_F(ChildProcessTest, a_child_starts_with_default_signals) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t terminate;
  sigset_t former;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &terminate, &former);
  const auto child = spawn({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"});
  EXPECT_EQ(read_all(*child), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST_F(ChildProcessTest, a_child_leads_a_session_of_its_own) {
  const auto child = spawn({"sleep", "1000"});
  EXPECT_EQ(::getsid(child->pid()), child->pid());
  EXPECT_EQ(::getpgid(child->pid()), child->pid());
}

TEST_F(ChildProcessTest, nothing_is_left_over_however_it_ends) {
  const std::size_t files = test::count_open_files();
  const std::size_t children = test::count_children();
  EXPECT_FALSE(try_spawn({"no-such-command-here"}).has_value());
  spawn({"sleep", "1000"}).reset();
  auto ended = spawn({"true"});
  end(*ended);
  EXPECT_EQ(test::count_children(), children);
  ended.reset();
  EXPECT_EQ(test::count_children(), children);
  EXPECT_EQ(test::count_open_files(), files);
}

}  // namespace
}  // namespace steelyard
