#include "steelyard/runtime/task/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBytes = 65536;
/// After a child's end its standard error holds at most a pipe's capacity; a stranger that left the
/// group and goes on writing must not keep us reading.
constexpr std::size_t kMaxDrainReads = 32;

/// The pipes between the program and one child, and one that carries errno if exec fails.
struct ChildPipes {
  Pipe input, output, errors, exec_status;
};

Result<ChildPipes> make_pipes() {
  ChildPipes pipes;
  for (Pipe* pipe : {&pipes.input, &pipes.output, &pipes.errors, &pipes.exec_status}) {
    auto made = make_pipe();
    if (!made) return tl::unexpected(made.error());
    *pipe = std::move(*made);
  }
  return pipes;
}

/// Signals a host program ignores would stay ignored after exec, and blocked ones blocked.
void reset_signals() noexcept {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Returns errno's value, or 0. System calls only.
int apply_limits(const ChildLimits& limits) noexcept {
  if (limits.nice != 0) {
    errno = 0;
    const int own = ::getpriority(PRIO_PROCESS, 0);
    if (errno != 0 || ::setpriority(PRIO_PROCESS, 0, own + limits.nice) != 0) return errno;
  }
  if (limits.data_bytes == 0) return 0;
  const rlimit data{limits.data_bytes, limits.data_bytes};
  return ::setrlimit(RLIMIT_DATA, &data) == 0 ? 0 : errno;
}

/// The child between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const ExecPlan& plan, const ChildLimits& limits,
                         const ChildPipes& pipes) noexcept {
  ::dup2(pipes.input.read_end.get(), STDIN_FILENO);
  ::dup2(pipes.output.write_end.get(), STDOUT_FILENO);
  ::dup2(pipes.errors.write_end.get(), STDERR_FILENO);
  // Files of a host program that forgot close-on-exec are none of the child's business.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  reset_signals();
  const int refusal = apply_limits(limits);
  const int reason = refusal != 0 ? -refusal : plan.execute();
  const ssize_t told = ::write(pipes.exec_status.write_end.get(), &reason, sizeof reason);
  ::_exit(told == static_cast<ssize_t>(sizeof reason) ? 127 : 126);
}

/// errno's value when exec failed; 0 when the pipe was closed by a successful exec.
int read_exec_error(const FileDescriptor& status) {
  int reason = 0;
  ssize_t size = 0;
  do {
    size = ::read(status.get(), &reason, sizeof reason);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof reason) ? reason : 0;
}

/// Milliseconds from now to `deadline` as poll(2) takes them, rounded up.
int poll_timeout_ms(SteadyTime deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
}

/// Waits for one of them; false: none is ready at the deadline.
bool poll_until(std::span<pollfd> polled, std::optional<SteadyTime> deadline) {
  while (true) {
    const int timeout_ms = deadline ? poll_timeout_ms(*deadline) : -1;
    const int ready = ::poll(polled.data(), polled.size(), timeout_ms);
    if (ready > 0) return true;
    if (ready == 0 && std::chrono::steady_clock::now() >= *deadline) return false;
  }
}

bool readable_by(const FileDescriptor& fd, SteadyTime deadline) {
  pollfd polled{fd.get(), POLLIN, 0};
  return poll_until({&polled, 1}, deadline);
}

/// One read of at most `max_bytes`, given to `take`; closes `fd` at the end of the stream.
template <class Take>
std::size_t read_some(FileDescriptor& fd, std::size_t max_bytes, const Take& take) {
  if (!fd.valid() || max_bytes == 0) return 0;
  std::array<char, kReadBytes> buffer;
  ssize_t size = 0;
  do {
    size = ::read(fd.get(), buffer.data(), std::min(max_bytes, buffer.size()));
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) return 0;
  if (size <= 0) {
    fd.close();
    return 0;
  }
  const auto count = static_cast<std::size_t>(size);
  take(std::string_view(buffer.data(), count));
  return count;
}

std::string trimmed(std::string text) {
  const auto last = text.find_last_not_of(" \t\n");
  text.erase(last == std::string::npos ? 0 : last + 1);
  return text;
}

/// A cut in the middle of a character is not the child's fault: its remainder is left out.
std::string_view from_character_start(const TailBuffer& tail) {
  std::string_view bytes = tail.bytes();
  while (tail.cut() && !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0xc0) == 0x80) {
    bytes.remove_prefix(1);
  }
  return bytes;
}

std::string death_by(const ExitStatus& status) {
  if (status.kind == ExitStatus::Kind::Exited) {
    return fmt::format("ended with exit status {}", status.value);
  }
  if (status.kind == ExitStatus::Kind::Unknown) return to_string(status);
  const char* what = ::sigdescr_np(status.value);
  return fmt::format("ended by signal {} ({})", status.value, what != nullptr ? what : "no name");
}

}  // namespace

std::string to_string(const ExitStatus& status) {
  switch (status.kind) {
    case ExitStatus::Kind::Exited:
      return fmt::format("exit status {}", status.value);
    case ExitStatus::Kind::Signalled: {
      const char* name = ::sigabbrev_np(status.value);
      return fmt::format("killed by signal {} ({}{})", status.value, name != nullptr ? "SIG" : "",
                         name != nullptr ? name : "no name");
    }
    case ExitStatus::Kind::Unknown:
      break;
  }
  return "ended, its exit status was collected by another part of the program";
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::spawn(ChildCommand command,
                                                          std::shared_ptr<ChildGuard> guard) {
  STEELYARD_ASSERT(guard != nullptr);
  auto plan = ExecPlan::prepare(std::move(command.words), command.environment);
  if (!plan) return tl::unexpected(plan.error());
  auto pipes = make_pipes();
  if (!pipes) return tl::unexpected(pipes.error());
  const auto pid = guard->fork_child([&] { become(*plan, command.limits, *pipes); });
  if (!pid) return tl::unexpected(pid.error());

  std::unique_ptr<ChildProcess> child(new ChildProcess(*pid, std::move(guard)));
  pipes->exec_status.write_end.close();
  if (const int reason = read_exec_error(pipes->exec_status.read_end); reason != 0) {
    if (reason < 0) return system_failure("cannot set the nice value or memory limit", -reason);
    return failure(ErrorCode::SystemError, plan->explain(reason));
  }
  child->said_ = std::move(command.said);
  auto watched = child->watch(pipes->input, pipes->output, pipes->errors);
  if (!watched) return tl::unexpected(watched.error());
  return child;
}

ChildProcess::~ChildProcess() {
  if (status_) return;
  kill();
  collect();
}

Result<void> ChildProcess::watch(Pipe& input, Pipe& output, Pipe& errors) {
  // The C library's own pidfd_open cannot be called from C++ before glibc 2.37.
  exit_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!exit_.valid()) return system_failure("cannot watch the child process", errno);
  input_ = std::move(input.write_end);
  output_ = std::move(output.read_end);
  errors_ = std::move(errors.read_end);
  for (const FileDescriptor* fd : {&input_, &output_, &errors_}) {
    if (auto made = make_non_blocking(fd->get()); !made) return made;
  }
  return {};
}

ChildReady ChildProcess::wait_ready(const ChildWait& wait) const {
  // The exit first: they are looked at in this order, and what was written before the end must be
  // seen together with it.
  std::array<pollfd, 5> polled{{{wait.to_read ? exit_.get() : -1, POLLIN, 0},
                                {wait.to_write ? input_.get() : -1, POLLOUT, 0},
                                {wait.to_read ? output_.get() : -1, POLLIN, 0},
                                {errors_.get(), POLLIN, 0},
                                {wait.wake_fd, POLLIN, 0}}};
  poll_until(polled, wait.deadline);
  return {.input = polled[1].revents != 0,
          .output = polled[2].revents != 0,
          .errors = polled[3].revents != 0,
          .ended = polled[0].revents != 0,
          .woken = polled[4].revents != 0};
}

bool ChildProcess::ended() const {
  return status_ || readable_by(exit_, std::chrono::steady_clock::now());
}

std::size_t ChildProcess::write_input(std::string_view bytes) {
  if (!input_open() || bytes.empty()) return 0;
  const ssize_t written = write_without_sigpipe(input_.get(), bytes);
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno != EAGAIN && errno != EINTR) close_input();
  return 0;
}

std::size_t ChildProcess::read_output(std::string& into, std::size_t max_bytes) {
  return read_some(output_, max_bytes, [&](std::string_view bytes) { into.append(bytes); });
}

std::size_t ChildProcess::read_errors() {
  return read_some(errors_, kReadBytes, [&](std::string_view bytes) { hear(bytes); });
}

std::size_t ChildProcess::read_errors(std::string& into, std::size_t max_bytes) {
  return read_some(errors_, max_bytes, [&](std::string_view bytes) {
    hear(bytes);
    into.append(bytes);
  });
}

void ChildProcess::hear(std::string_view bytes) {
  error_end_.append(bytes);
  if (said_) error_lines_.append(bytes, said_);
}

void ChildProcess::terminate() const {
  if (!status_) ::kill(-pid_, SIGTERM);
}

void ChildProcess::kill() const {
  if (!status_) ::kill(-pid_, SIGKILL);
}

std::optional<ExitStatus> ChildProcess::wait_until(SteadyTime deadline) {
  if (!status_ && readable_by(exit_, deadline)) collect();
  return status_;
}

ExitStatus ChildProcess::end_by(SteadyTime deadline) {
  if (!wait_until(deadline)) {
    kill();
    collect();
  }
  for (std::size_t i = 0; i < kMaxDrainReads && read_errors() > 0; ++i) {
  }
  if (said_) error_lines_.finish(said_);
  return *status_;
}

void ChildProcess::collect() {
  siginfo_t info{};
  int waited = 0;
  // First only look: until it is collected, its number cannot be given to another process.
  do {
    waited = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  } while (waited < 0 && errno == EINTR);
  guard_->release(pid_);
  status_ = ExitStatus{};
  if (waited < 0) return;
  status_->kind =
      info.si_code == CLD_EXITED ? ExitStatus::Kind::Exited : ExitStatus::Kind::Signalled;
  status_->value = info.si_status;
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// The end of its standard error; empty when there is none.
std::string ChildProcess::last_words() const {
  const std::string words = trimmed(printable(from_character_start(error_end_)));
  return !words.empty() && error_end_.cut() ? "... " + words : words;
}

std::string ChildProcess::describe_end() const {
  const std::string how = to_string(status_.value_or(ExitStatus{}));
  const std::string why = last_words();
  if (why.empty()) return fmt::format("{}, and nothing on standard error", how);
  return fmt::format("{}: {}", how, why);
}

std::string ChildProcess::describe_death() const {
  const std::string how = death_by(status_.value_or(ExitStatus{}));
  const std::string words = last_words();
  if (words.empty()) return how + "; it wrote nothing to standard error";
  return fmt::format("{}; last output: {}", how, words);
}

}  // namespace steelyard
