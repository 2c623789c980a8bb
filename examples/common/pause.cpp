#include "common/pause.hpp"

#include <condition_variable>
#include <mutex>

namespace example {

bool pause(const std::stop_token& stop, std::chrono::duration<double> duration) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(duration);
  stopped.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace example
