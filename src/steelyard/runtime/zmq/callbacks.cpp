#include "steelyard/runtime/zmq/callbacks.hpp"

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
  std::vector<Completion> due = answers_.take(timeout);
  for (std::size_t called = 0; called < due.size(); ++called) {
    try {
      call(std::move(due[called]));
    } catch (...) {
      due.erase(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(called) + 1);
      if (!due.empty()) answers_.push(std::move(due));
      throw;
    }
  }
  return due.size();
}

void Callbacks::call(Completion completion) {
  std::unique_lock lock(mutex_);
  const auto node = callbacks_.extract(completion.tag);
  lock.unlock();
  node.mapped()(std::move(completion.result));
}

std::size_t Callbacks::waiting() const {
  const std::scoped_lock lock(mutex_);
  return callbacks_.size();
}

}  // namespace steelyard
