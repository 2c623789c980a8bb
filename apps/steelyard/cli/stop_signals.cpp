#include "cli/stop_signals.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "cli/stop_count.hpp"
#include "steelyard/base/assert.hpp"

namespace steelyard::cli {
namespace {

sigset_t stop_signals(bool with_hang_up) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (with_hang_up) sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

StopSignals::StopSignals(bool with_hang_up) {
  const sigset_t set = stop_signals(with_hang_up);
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
  StopCount stops;
  while (const int signal = wait_for_signal()) {
    if (signal == SIGHUP) {
      const std::scoped_lock lock(mutex_);
      if (calls_.hang_up) calls_.hang_up();
    } else {
      handle(stops.count(signal, std::chrono::steady_clock::now()), signal);
    }
  }
}

/// Returns 0 when no more are to be handled.
int StopSignals::wait_for_signal() const {
  std::array<pollfd, 2> fds{{{signals_.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  if (fds[1].revents != 0) return 0;
  signalfd_siginfo info{};
  const bool is_read = ::read(signals_.get(), &info, sizeof info) == sizeof info;
  return is_read ? static_cast<int>(info.ssi_signo) : 0;
}

/// Nothing happens for 0, which is no new wish.
void StopSignals::handle(int count, int signal) {
  if (count == 0) return;
  const std::scoped_lock lock(mutex_);
  if (!calls_.first || count > 2) ::_exit(kInterrupted);
  const bool has_own_call = signal == SIGTERM && calls_.first_terminate;
  if (count == 1) (has_own_call ? calls_.first_terminate : calls_.first)();
  if (count == 2) calls_.second();
}

}  // namespace steelyard::cli
