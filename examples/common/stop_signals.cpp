#include "common/stop_signals.hpp"

#include <pthread.h>

namespace example {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread([this] { listen(); });
}

StopSignals::~StopSignals() {
  ending_ = true;
  // Sent to this one thread, the signal wakes its sigwait and nobody else.
  pthread_kill(thread_.native_handle(), SIGHUP);
}

void StopSignals::listen() {
  while (true) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (ending_) return;
    if (!first_.request_stop()) second_.request_stop();
  }
}

}  // namespace example
