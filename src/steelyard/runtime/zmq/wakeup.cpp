#include "steelyard/runtime/zmq/wakeup.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::zmq_runtime {

Wakeup::Wakeup() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  STEELYARD_ASSERT(descriptor_ >= 0);
}

Wakeup::~Wakeup() {
  close(descriptor_);
}

void Wakeup::signal() const noexcept {
  // A signal handler must leave errno as it found it.
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(descriptor_, &one, sizeof one);
  errno = saved;
}

void Wakeup::clear() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(descriptor_, &count, sizeof count);
}

}  // namespace steelyard::zmq_runtime
