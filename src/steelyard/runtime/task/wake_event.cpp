#include "steelyard/runtime/task/wake_event.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace steelyard {

Result<WakeEvent> WakeEvent::make() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return system_failure("cannot make an event", errno);
  return WakeEvent(std::move(event));
}

void WakeEvent::set() const noexcept {
  const std::uint64_t one = 1;
  // It fails only when it has been set 2^64 times, and then it is set.
  while (::write(event_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void WakeEvent::clear() const noexcept {
  std::uint64_t count = 0;
  while (::read(event_.get(), &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace steelyard
