#include "steelyard/runtime/task/child_guard.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"

namespace steelyard {
namespace {

constexpr int kGuardSocket = 3;
constexpr int kNotGuardedStatus = 126;

/// All signals are blocked in the calling thread while this lives: a handler of the program must
/// not run in a child that shares nothing but its memory's copy.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t former_;
};

/// Sends one message: a child's process id when it starts, its negative when it has ended.
bool send_message(int socket, pid_t message) noexcept {
  ssize_t sent = 0;
  do {
    sent = ::send(socket, &message, sizeof message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof message);
}

// From here on: what runs in the guard process. It was forked from a program that may have
// threads, so that only async-signal-safe calls are allowed; nothing is allocated.

/// The groups to kill, in no order.
struct GuardedGroups {
  std::array<pid_t, kMaxGuardedChildren> leaders;
  std::size_t count = 0;

  void add(pid_t leader) noexcept {
    if (count < leaders.size()) leaders[count++] = leader;
  }
  void remove(pid_t leader) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      if (leaders[i] == leader) {
        leaders[i] = leaders[--count];
        return;
      }
    }
  }
  void kill() const noexcept {
    for (std::size_t i = 0; i < count; ++i) ::kill(-leaders[i], SIGKILL);
  }
};

/// Lets go of everything that belongs to the program: its files would stay open, its directory
/// busy, its terminal's signals would reach the guard.
void leave_program(int socket) noexcept {
  ::setsid();
  ::prctl(PR_SET_NAME, "steelyard-guard");
  ::dup2(socket, kGuardSocket);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (int stream = 0; stream < kGuardSocket; ++stream) ::dup2(nothing, stream);
  ::close_range(kGuardSocket + 1, ~0U, 0);
  if (::chdir("/") != 0) return;  // staying where we are only keeps a directory busy
}

[[noreturn]] void run_guard(int socket) noexcept {
  leave_program(socket);
  GuardedGroups groups;
  while (true) {
    pid_t message = 0;
    const ssize_t size = ::recv(kGuardSocket, &message, sizeof message, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size != static_cast<ssize_t>(sizeof message)) break;
    if (message > 0) groups.add(message);
    if (message < 0) groups.remove(-message);
  }
  groups.kill();
  ::_exit(0);
}

/// What a child does first. Registering before anything else leaves no moment in which the program
/// could die and the child live on: until the child has executed its program or ended, its own
/// copy of the socket keeps the guard reading.
void enter_guarded_group(int socket) noexcept {
  ::setsid();
  if (!send_message(socket, ::getpid())) ::_exit(kNotGuardedStatus);
}

}  // namespace

Result<std::shared_ptr<ChildGuard>> ChildGuard::start() {
  std::shared_ptr<ChildGuard> guard(new ChildGuard);
  const std::lock_guard lock(guard->mutex_);
  if (auto launched = guard->launch(); !launched) return tl::unexpected(launched.error());
  return guard;
}

ChildGuard::~ChildGuard() {
  kill_all();
  if (guard_ < 0) return;
  // Closing the socket would end it too, but not while a process that the program forked by other
  // means still holds a copy.
  ::kill(guard_, SIGKILL);
  while (::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<void> ChildGuard::launch() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_failure("cannot make the guard's socket", errno);
  }
  FileDescriptor own_end(ends[0]);
  const FileDescriptor guard_end(ends[1]);
  const SignalsBlocked blocked;
  const pid_t forked = ::fork();
  if (forked < 0) return system_failure("cannot start the guard process", errno);
  if (forked == 0) {
    ::close(own_end.get());
    run_guard(guard_end.get());
  }
  guard_ = forked;
  socket_ = std::move(own_end);
  for (const pid_t child : children_) tell(child);
  return {};
}

Result<void> ChildGuard::ensure_running() {
  if (guard_ >= 0 && ::waitpid(guard_, nullptr, WNOHANG) == 0) return {};
  guard_ = -1;
  return launch();
}

void ChildGuard::tell(pid_t message) const noexcept {
  // A guard that is gone cannot be told; the next fork replaces it and tells it everything.
  static_cast<void>(send_message(socket_.get(), message));
}

void ChildGuard::kill_all() {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  stopped_ = true;
  for (const pid_t child : children_) {
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);  // it may not have made its group yet
  }
  stopped_changed_.notify_all();
}

bool ChildGuard::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

bool ChildGuard::wait_stopped_until(std::chrono::steady_clock::time_point deadline,
                                    const std::function<bool()>& enough) const {
  std::unique_lock lock(mutex_);
  stopped_changed_.wait_until(lock, deadline, [&] { return stopped_ || (enough && enough()); });
  return stopped_;
}

void ChildGuard::wake() const {
  const std::lock_guard lock(mutex_);
  stopped_changed_.notify_all();
}

Result<pid_t> ChildGuard::fork_child(const std::function<void()>& child_main) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return failure(ErrorCode::Stopped, "the worker was stopped");
  if (children_.size() == kMaxGuardedChildren) {
    return failure(ErrorCode::SystemError,
                   fmt::format("{} child processes run already, the limit is "
                               "kMaxGuardedChildren = {}",
                               children_.size(), kMaxGuardedChildren));
  }
  if (auto running = ensure_running(); !running) return tl::unexpected(running.error());
  const SignalsBlocked blocked;
  const pid_t forked = ::fork();
  if (forked < 0) return system_failure("cannot start another process", errno);
  if (forked == 0) {
    enter_guarded_group(socket_.get());
    child_main();
    ::_exit(kNotGuardedStatus);
  }
  children_.insert(forked);
  return forked;
}

void ChildGuard::release(pid_t child) {
  const std::lock_guard lock(mutex_);
  const std::size_t known = children_.erase(child);
  STEELYARD_ASSERT(known == 1);
  ::kill(-child, SIGKILL);
  tell(-child);
}

pid_t ChildGuard::process() const {
  const std::lock_guard lock(mutex_);
  return guard_;
}

}  // namespace steelyard
