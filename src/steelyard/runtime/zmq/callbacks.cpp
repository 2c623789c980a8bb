#include "steelyard/runtime/zmq/callbacks.hpp"

#include <utility>

namespace steelyard {

JobId Callbacks::submit(std::string_view queue, std::string_view payload,
                        const RemoteJobOptions& options, Callback callback) {
  return submit(queue, payload, options, std::move(callback), {});
}

JobId Callbacks::submit(std::string_view queue, std::string_view payload,
                        const RemoteJobOptions& options, Callback callback, News news) {
  auto called = Called{std::move(callback), std::make_shared<const News>(std::move(news))};
  std::uint64_t tag = 0;
  {
    const std::scoped_lock lock(mutex_);
    tag = ++next_tag_;
    callbacks_.emplace(tag, std::move(called));
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
  if (completion.kind != Completion::Kind::Answer) {
    // Another thread may have called with the answer already.
    const auto found = callbacks_.find(completion.tag);
    if (found == callbacks_.end()) return;
    const std::shared_ptr<const News> news = found->second.news;
    lock.unlock();
    return tell(*news, std::move(completion));
  }
  const auto node = callbacks_.extract(completion.tag);
  lock.unlock();
  node.mapped().answer(std::move(completion.result));
}

void Callbacks::tell(const News& news, Completion completion) {
  switch (completion.kind) {
    case Completion::Kind::Answer:
    case Completion::Kind::Acknowledged:
      return;
    case Completion::Kind::Progress:
      if (news.progress) news.progress(completion.progress);
      return;
    case Completion::Kind::Partial:
      if (news.partial) news.partial(std::move(*completion.result));
      return;
    case Completion::Kind::Restarted:
      if (news.restarted) news.restarted();
      return;
    case Completion::Kind::Gap:
      if (news.gap) news.gap();
      return;
  }
}

std::size_t Callbacks::waiting() const {
  const std::scoped_lock lock(mutex_);
  return callbacks_.size();
}

}  // namespace steelyard
