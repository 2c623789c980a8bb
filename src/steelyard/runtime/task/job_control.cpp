#include "steelyard/runtime/task/job_control.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/partial_charge.hpp"

namespace steelyard {

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::None:
      break;
    case StopReason::Cancelled:
      return "it was cancelled";
    case StopReason::TimedOut:
      return "it ran longer than its time limit";
    case StopReason::RequesterGone:
      return "its requester has gone";
    case StopReason::WorkerStops:
      return "its worker stops";
  }
  return "nobody asked it to stop";
}

bool JobControl::request_stop(StopReason reason) {
  STEELYARD_ASSERT(reason != StopReason::None);
  const std::lock_guard lock(mutex_);
  if (stop_requested()) return false;
  stop_.store(reason, std::memory_order_relaxed);
  notify();
  return true;
}

void JobControl::grant(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  in_flight_bytes_ -= std::min(bytes, in_flight_bytes_);
  notify();
}

void JobControl::resize_window(std::size_t window_bytes) {
  const std::lock_guard lock(mutex_);
  window_bytes_ = window_bytes;
  notify();
}

void JobControl::notify() {
  changed_.notify_all();
  if (watch_) watch_();
}

std::optional<std::uint8_t> JobControl::take_unreported_progress() {
  const std::uint8_t percent = progress_.load(std::memory_order_relaxed);
  if (reported_.exchange(percent, std::memory_order_relaxed) == percent) return std::nullopt;
  return percent;
}

void JobControl::progress(std::uint8_t percent) {
  if (sink_ == nullptr) return;
  const std::uint8_t shown = std::min(percent, kAllDone_percent);
  progress_.store(shown, std::memory_order_relaxed);
  if (reported_.load(std::memory_order_relaxed) == shown) return;
  if (shown == kAllDone_percent || claim_report()) report_progress();
}

/// Whether this call is the one of its interval that reports.
bool JobControl::claim_report() {
  const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
  std::int64_t next = next_report_ns_.load(std::memory_order_relaxed);
  const std::chrono::nanoseconds after = now + kProgressInterval;
  return now.count() >= next &&
         next_report_ns_.compare_exchange_strong(next, after.count(), std::memory_order_relaxed);
}

void JobControl::report_progress() {
  if (const auto percent = take_unreported_progress()) sink_->on_progress(*percent);
}

bool JobControl::has_room(std::size_t bytes) const {
  if (window_bytes_ == 0 || in_flight_bytes_ == 0) return true;
  return in_flight_bytes_ < window_bytes_ &&
         partial_charge_bytes(bytes) <= window_bytes_ - in_flight_bytes_;
}

bool JobControl::partial(std::string_view bytes) {
  if (stop_requested()) return false;
  if (sink_ == nullptr || bytes.empty()) return true;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stop_requested() || has_room(bytes.size()); });
  return tell(std::move(lock), bytes);
}

JobControl::Offered JobControl::offer(std::string_view bytes) {
  if (stop_requested()) return Offered::Stopped;
  if (sink_ == nullptr || bytes.empty()) return Offered::Taken;
  std::unique_lock lock(mutex_);
  if (!stop_requested() && !has_room(bytes.size())) return Offered::NoCredit;
  return tell(std::move(lock), bytes) ? Offered::Taken : Offered::Stopped;
}

/// False: the job is to stop. Requires: room for them otherwise.
bool JobControl::tell(std::unique_lock<std::mutex> lock, std::string_view bytes) {
  if (stop_requested()) return false;
  if (window_bytes_ == 0) return true;
  std::string copy(bytes);
  in_flight_bytes_ += partial_charge_bytes(bytes.size());
  lock.unlock();
  sink_->on_partial(std::move(copy));
  return true;
}

void JobControl::on_clean_up(std::function<void()> clean_up) {
  STEELYARD_ASSERT(clean_up != nullptr);
  const std::lock_guard lock(mutex_);
  if (clean_ups_.size() == kMaxCleanUps) {
    throw std::length_error(
        fmt::format("the job has {} clean-ups already, the limit is kMaxCleanUps = {}",
                    kMaxCleanUps, kMaxCleanUps));
  }
  clean_ups_.push_back(std::move(clean_up));
}

void JobControl::function_ended() {
  run_clean_ups();
  report_progress();
}

void JobControl::run_clean_ups() {
  while (const auto clean_up = take_clean_up()) {
    try {
      clean_up();
    } catch (...) {
      ++failed_clean_ups_;
    }
  }
}

/// The one registered last; empty when there is none.
std::function<void()> JobControl::take_clean_up() {
  const std::lock_guard lock(mutex_);
  if (clean_ups_.empty()) return nullptr;
  auto last = std::move(clean_ups_.back());
  clean_ups_.pop_back();
  return last;
}

JobControl::Watch::Watch(JobControl* control, std::function<void()> changed) : control_(control) {
  if (control_ == nullptr) return;
  const std::lock_guard lock(control_->mutex_);
  STEELYARD_ASSERT(control_->watch_ == nullptr);
  control_->watch_ = std::move(changed);
}

JobControl::Watch::~Watch() {
  if (control_ == nullptr) return;
  const std::lock_guard lock(control_->mutex_);
  control_->watch_ = nullptr;
}

}  // namespace steelyard
