#include "steelyard/runtime/zmq/completions.hpp"

#include <algorithm>
#include <set>
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
  return take_all(lock);
}

std::vector<Completion> CompletionQueue::take_ready() {
  std::unique_lock lock(mutex_);
  return take_all(lock);
}

std::vector<Completion> CompletionQueue::take_all(std::unique_lock<std::mutex>& lock) {
  if (readable_) readable_->clear();
  std::vector<Completion> taken = std::exchange(completions_, {});
  give_back(lock, taken);
  return taken;
}

/// Tells where news came from that it was taken.
void CompletionQueue::give_back(std::unique_lock<std::mutex>& lock,
                                std::vector<Completion>& taken) {
  std::set<Source*> sources;
  for (const Completion& completion : taken) {
    if (completion.origin.source != nullptr) sources.insert(completion.origin.source);
  }
  if (sources.empty()) return;
  std::erase_if(sources, [this](Source* source) {
    return std::ranges::find(sources_, source) == sources_.end();
  });
  ++givers_;
  lock.unlock();
  for (Source* source : sources) source->taken(taken);
  for (Completion& completion : taken) completion.origin = {};
  lock.lock();
  --givers_;
  arrived_.notify_all();
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
  arrived_.wait(lock, [this] { return worker_ == std::thread::id() && givers_ == 0; });
}

void CompletionQueue::push(std::vector<Completion>&& completions) {
  const std::scoped_lock lock(mutex_);
  if (completions_.empty()) {
    completions_ = std::move(completions);
  } else {
    for (Completion& completion : completions) append(std::move(completion));
  }
  if (readable_) readable_->signal();
  const bool taker_works = worker_ != std::thread::id();
  if (taker_works && worker_ != std::this_thread::get_id() && !sources_.empty()) {
    sources_.front()->interrupt();
  }
  arrived_.notify_one();
}

void CompletionQueue::append(Completion&& completion) {
  if (completion.kind == Completion::Kind::Restarted) {
    // What is void need not be taken, so that it does not count as memory.
    std::erase_if(completions_, [&completion](const Completion& former) {
      return former.kind == Completion::Kind::Partial && former.tag == completion.tag;
    });
  }
  completions_.push_back(std::move(completion));
}

bool CompletionQueue::has_any() {
  const std::scoped_lock lock(mutex_);
  return !completions_.empty();
}

}  // namespace steelyard
