#include "steelyard/runtime/zmq/completions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace steelyard {

CompletionQueue::~CompletionQueue() {
  std::unique_lock lock(mutex_);
  const std::vector<Source*> sources = std::exchange(sources_, {});
  lock.unlock();
  for (Source* source : sources) source->forget(*this);
}

std::vector<Completion> CompletionQueue::take(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(mutex_);
  if (completions_.empty() && !sources_.empty() && worker_ == std::thread::id()) {
    worker_ = std::this_thread::get_id();
    Source& source = *sources_.front();
    lock.unlock();
    source.work_until([this] { return has_any(); }, deadline);
    lock.lock();
    worker_ = {};
    arrived_.notify_all();
  }
  // Another thread works, or the client has gone.
  arrived_.wait_until(lock, deadline, [this] { return !completions_.empty(); });
  if (readable_) readable_->clear();
  return std::exchange(completions_, {});
}

int CompletionQueue::descriptor() {
  const std::scoped_lock lock(mutex_);
  if (!readable_) readable_.emplace();
  if (!completions_.empty()) readable_->signal();
  return readable_->descriptor();
}

void CompletionQueue::attach(Source& source) {
  const std::scoped_lock lock(mutex_);
  sources_.push_back(&source);
}

void CompletionQueue::detach(Source& source) {
  std::unique_lock lock(mutex_);
  std::erase(sources_, &source);
  // A taker that works it, or is about to, is sent away by it.
  arrived_.wait(lock, [this] { return worker_ == std::thread::id(); });
}

void CompletionQueue::push(std::vector<Completion>&& completions) {
  const std::scoped_lock lock(mutex_);
  if (completions_.empty()) {
    completions_ = std::move(completions);
  } else {
    completions_.insert(completions_.end(), std::move_iterator(completions.begin()),
                        std::move_iterator(completions.end()));
  }
  if (readable_) readable_->signal();
  const bool taker_works = worker_ != std::thread::id();
  if (taker_works && worker_ != std::this_thread::get_id() && !sources_.empty()) {
    sources_.front()->interrupt();
  }
  arrived_.notify_one();
}

bool CompletionQueue::has_any() {
  const std::scoped_lock lock(mutex_);
  return !completions_.empty();
}

}  // namespace steelyard
