#include "cli/stop_signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "steelyard/base/assert.hpp"

namespace steelyard::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
  ended_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  STEELYARD_ASSERT(signals_.valid() && ended_.valid());
  thread_ = std::jthread([this] { listen(); });
}

void StopSignals::end() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  STEELYARD_ASSERT(::write(ended_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

void StopSignals::watch(Calls calls) {
  const std::scoped_lock lock(mutex_);
  calls_ = std::move(calls);
}

void StopSignals::listen() {
  for (int count = 1; wait_for_signal(); ++count) handle(count);
}

/// Returns false when no more are to be handled.
bool StopSignals::wait_for_signal() const {
  std::array<pollfd, 2> fds{{{signals_.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  if (fds[1].revents != 0) return false;
  signalfd_siginfo info{};
  return ::read(signals_.get(), &info, sizeof info) == sizeof info;
}

void StopSignals::handle(int count) {
  const std::scoped_lock lock(mutex_);
  if (!calls_.first || count > 2) ::_exit(kInterrupted);
  if (count == 1) calls_.first();
  if (count == 2) calls_.second();
}

}  // namespace steelyard::cli
