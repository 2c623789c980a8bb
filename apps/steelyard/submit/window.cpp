#include "submit/window.hpp"

#include "steelyard/base/assert.hpp"

namespace steelyard::cli {

bool Window::wait_for_room(const Entry& more) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    const bool fits = jobs_ + more.jobs <= limits_.jobs && bytes_ + more.bytes <= limits_.bytes;
    return closed_ || fits || entries_.empty();
  });
  return !closed_;
}

void Window::enter(const Entry& entry) {
  const std::scoped_lock lock(mutex_);
  entries_.emplace(entry.tag, entry);
  jobs_ += entry.jobs;
  bytes_ += entry.bytes;
}

std::uint64_t Window::answered(std::uint64_t tag, std::uint64_t answer_bytes) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(tag);
  STEELYARD_ASSERT(found != entries_.end());
  bytes_ = bytes_ - found->second.bytes + answer_bytes;
  found->second.bytes = answer_bytes;
  changed_.notify_all();
  return found->second.jobs;
}

void Window::leave(std::uint64_t tag) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(tag);
  STEELYARD_ASSERT(found != entries_.end());
  jobs_ -= found->second.jobs;
  bytes_ -= found->second.bytes;
  entries_.erase(found);
  changed_.notify_all();
}

void Window::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace steelyard::cli
