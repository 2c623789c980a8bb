#include "steelyard/runtime/task/file_descriptor.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "steelyard/runtime/task/test_support.hpp"

namespace steelyard {
namespace {

TEST(FileDescriptor, closes_once_and_moves_its_ownership) {
  const std::size_t before = test::count_open_files();
  {
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe.has_value());
    EXPECT_EQ(test::count_open_files(), before + 2);
    FileDescriptor moved = std::move(pipe->read_end);
    EXPECT_FALSE(pipe->read_end.valid());
    moved = std::move(pipe->write_end);
    EXPECT_EQ(test::count_open_files(), before + 1);
  }
  EXPECT_EQ(test::count_open_files(), before);
}

TEST(FileDescriptor, pipe_closes_on_exec_and_never_is_a_standard_stream) {
  const int standard_input = ::dup(STDIN_FILENO);
  ::close(STDIN_FILENO);
  {
    const auto pipe = make_pipe();
    ASSERT_TRUE(pipe.has_value());
    for (const int fd : {pipe->read_end.get(), pipe->write_end.get()}) {
      EXPECT_GT(fd, 2);
      EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
  }
  ::dup2(standard_input, STDIN_FILENO);
  ::close(standard_input);
}

// The default action of SIGPIPE would end this test program.
TEST(FileDescriptor, writing_to_a_pipe_without_reader_is_an_error_and_no_signal) {
  ASSERT_EQ(::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  pipe->read_end.close();
  EXPECT_EQ(write_without_sigpipe(pipe->write_end.get(), "x"), -1);
  EXPECT_EQ(errno, EPIPE);
  sigset_t signals;
  sigpending(&signals);
  EXPECT_EQ(sigismember(&signals, SIGPIPE), 0);
  pthread_sigmask(SIG_BLOCK, nullptr, &signals);
  EXPECT_EQ(sigismember(&signals, SIGPIPE), 0);
}

TEST(FileDescriptor, a_sigpipe_that_was_pending_before_stays_pending) {
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  ::raise(SIGPIPE);
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.has_value());
  pipe->read_end.close();
  EXPECT_EQ(write_without_sigpipe(pipe->write_end.get(), "x"), -1);
  const timespec at_once{};
  EXPECT_EQ(sigtimedwait(&sigpipe, nullptr, &at_once), SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
}

}  // namespace
}  // namespace steelyard
