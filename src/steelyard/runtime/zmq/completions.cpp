#include "steelyard/runtime/zmq/completions.hpp"

#include <iterator>
#include <utility>

namespace steelyard {

std::vector<Completion> CompletionQueue::take(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, timeout, [this] { return !completions_.empty(); });
  return std::exchange(completions_, {});
}

void CompletionQueue::push(std::vector<Completion>&& completions) {
  {
    const std::scoped_lock lock(mutex_);
    completions_.insert(completions_.end(), std::move_iterator(completions.begin()),
                        std::move_iterator(completions.end()));
  }
  arrived_.notify_one();
}

}  // namespace steelyard
