#include "steelyard/gateway/deadlines.hpp"

#include <utility>

namespace steelyard::gateway {

Deadlines::Slot Deadlines::add(Clock::time_point at, Deadlined& whom) {
  if (free_.empty()) {
    free_.push_back(static_cast<Slot>(whom_.size()));
    whom_.push_back(nullptr);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  whom_[slot] = &whom;
  heap_.set(slot, at);
  if (at < armed_for_) arm();
  return slot;
}

void Deadlines::remove(Slot slot) {
  heap_.erase(slot);
  whom_[slot] = nullptr;
  free_.push_back(slot);
}

void Deadlines::arm() {
  armed_for_ = heap_.top_key();
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tell();
  });
}

void Deadlines::tell() {
  armed_for_ = Clock::time_point::max();
  const Clock::time_point now = Clock::now();
  while (!heap_.empty() && heap_.top_key() <= now) {
    Deadlined* const whom = whom_[heap_.top()];
    remove(heap_.top());
    whom->on_deadline();
  }
  // Who was told may have added another, and armed the timer.
  if (!heap_.empty() && heap_.top_key() < armed_for_) arm();
}

}  // namespace steelyard::gateway
