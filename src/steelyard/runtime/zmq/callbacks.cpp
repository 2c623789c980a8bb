#include "steelyard/runtime/zmq/callbacks.hpp"

#include <iterator>
#include <utility>

namespace steelyard {

JobId Callbacks::submit(std::string_view queue, std::string_view payload,
                        const RemoteJobOptions& options, Callback callback) {
  std::uint64_t tag = 0;
  {
    const std::scoped_lock lock(mutex_);
    tag = ++next_tag_;
    callbacks_.emplace(tag, std::move(callback));
  }
  return client_.submit_batch(queue, std::span(&payload, 1), options, answers_, tag);
}

std::size_t Callbacks::run(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (due_.empty()) {
    lock.unlock();
    std::vector<Completion> came = answers_.take(timeout);
    lock.lock();
    due_.insert(due_.end(), std::move_iterator(came.begin()), std::move_iterator(came.end()));
  }
  std::size_t called = 0;
  for (; !due_.empty(); ++called) {
    Completion completion = std::move(due_.front());
    due_.pop_front();
    auto node = callbacks_.extract(completion.tag);
    lock.unlock();
    node.mapped()(std::move(completion.result));
    lock.lock();
  }
  return called;
}

std::size_t Callbacks::waiting() const {
  const std::scoped_lock lock(mutex_);
  return callbacks_.size();
}

}  // namespace steelyard
