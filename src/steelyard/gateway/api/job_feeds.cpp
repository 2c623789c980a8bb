#include "steelyard/gateway/api/job_feeds.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace steelyard::gateway {

std::string event_text(std::uint64_t number, std::string_view name, std::string_view data) {
  std::string text;
  if (number > 0) text.append("id: ").append(std::to_string(number)).append("\n");
  return text.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
}

void JobFeed::add(std::string_view name, std::string_view data, bool last) {
  std::vector<std::function<void()>> wakes;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    ended_ = last;
    events_.push_back({++last_, event_text(last_, name, data)});
    if (last) outcome_ = last_;
    bytes_ += events_.back().text.size();
    while (bytes_ > max_bytes_ && events_.size() > 1) {
      bytes_ -= events_.front().text.size();
      events_.pop_front();
    }
    for (const auto& [number, wake] : listeners_) wakes.push_back(wake);
  }
  for (const auto& wake : wakes) wake();
}

void JobFeed::close() {
  std::vector<std::function<void()>> wakes;
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(ended_, true)) return;
    for (const auto& [number, wake] : listeners_) wakes.push_back(wake);
  }
  for (const auto& wake : wakes) wake();
}

void JobFeed::drop() {
  close();
  const std::scoped_lock lock(mutex_);
  events_.clear();
  bytes_ = 0;
}

JobFeed::News JobFeed::after(std::uint64_t number, std::size_t max_bytes) const {
  const std::scoped_lock lock(mutex_);
  News news{.last = number};
  auto next = std::ranges::upper_bound(events_, number, {}, &Event::number);
  if (next != events_.end() && next->number > number + 1) {
    news.text = event_text(next->number - 1, "gap", "{}");
  }
  for (; next != events_.end() && news.text.size() < max_bytes; ++next) {
    news.text += next->text;
    news.last = next->number;
  }
  news.ended = ended_ && next == events_.end();
  return news;
}

std::uint64_t JobFeed::listen(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  listeners_.emplace(++last_listener_, std::move(wake));
  return last_listener_;
}

void JobFeed::forget(std::uint64_t listener) {
  const std::scoped_lock lock(mutex_);
  listeners_.erase(listener);
}

bool JobFeed::ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

std::uint64_t JobFeed::outcome() const {
  const std::scoped_lock lock(mutex_);
  return outcome_;
}

void JobFeeds::add(const JobId& job, std::shared_ptr<JobFeed> feed) {
  std::vector<std::shared_ptr<JobFeed>> dropped;
  {
    const std::scoped_lock lock(mutex_);
    const std::size_t bytes = feed->max_bytes();
    if (feeds_.contains(job)) return;
    while (!order_.empty() && (feeds_.size() >= kMaxFeeds || kept_bytes_ + bytes > kMaxKeptBytes)) {
      dropped.push_back(take_first());
    }
    feeds_.emplace(job, std::move(feed));
    order_.push_back(job);
    kept_bytes_ += bytes;
  }
  for (const auto& one : dropped) one->drop();
}

std::shared_ptr<JobFeed> JobFeeds::take_first() {
  const auto has_ended = [this](const JobId& job) { return feeds_.at(job)->ended(); };
  auto goes = std::ranges::find_if(order_, has_ended);
  if (goes == order_.end()) goes = order_.begin();
  std::shared_ptr<JobFeed> feed = std::move(feeds_.extract(*goes).mapped());
  order_.erase(goes);
  kept_bytes_ -= feed->max_bytes();
  return feed;
}

std::shared_ptr<JobFeed> JobFeeds::find(const JobId& job) const {
  const std::scoped_lock lock(mutex_);
  const auto found = feeds_.find(job);
  return found == feeds_.end() ? nullptr : found->second;
}

void JobFeeds::close(const JobId& job) {
  std::shared_ptr<JobFeed> feed;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = feeds_.find(job);
    if (found == feeds_.end() || found->second->ended()) return;
    feed = std::move(found->second);
    feeds_.erase(found);
    std::erase(order_, job);
    kept_bytes_ -= feed->max_bytes();
  }
  feed->close();
}

}  // namespace steelyard::gateway
