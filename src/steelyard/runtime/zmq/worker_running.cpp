#include "steelyard/runtime/zmq/worker_running.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/runtime/zmq/clock.hpp"

/// What running jobs tell, and are told.
namespace steelyard {
namespace {

/// A task that ends a process needs a moment for that after the grace time.
constexpr std::chrono::milliseconds kKillTime{1000};

StopReason reason_of(core::StopReason why) {
  switch (why) {
    case core::StopReason::TimeLimit:
      return StopReason::TimedOut;
    case core::StopReason::Unwanted:
      return StopReason::RequesterGone;
    case core::StopReason::Cancelled:
      break;
  }
  return StopReason::Cancelled;
}

}  // namespace

void Worker::Engine::Running::on_progress(std::uint8_t percent) {
  const std::scoped_lock lock(engine_.mutex_);
  engine_.session_->progress(job, percent);
  engine_.exchange();
  engine_.wake_poller();
}

void Worker::Engine::Running::on_partial(std::string bytes) {
  const std::scoped_lock lock(engine_.mutex_);
  engine_.session_->partial(job, bytes);
  engine_.exchange();
  engine_.wake_poller();
}

/// Requires: mutex_ is held, as for the others.
void Worker::Engine::obey_orders(TimePoint now) {
  for (const zmq_runtime::JobTalk::Order& order : session_->take_orders()) {
    const auto found = std::ranges::find_if(running_jobs_, [&](const Running* running) {
      return running->job.lease == order.lease && running->job.era == session_->era();
    });
    if (found == running_jobs_.end()) continue;
    if (order.granted_bytes > 0) (*found)->control.grant(order.granted_bytes);
    if (order.stop) ask_to_stop(**found, reason_of(*order.stop), now);
  }
  if (std::exchange(obeyed_era_, session_->era()) != session_->era()) drop_partials();
}

void Worker::Engine::ask_to_stop(Running& running, StopReason reason, TimePoint now) {
  if (!running.control.request_stop(reason)) return;
  running.ignored_at = now + options_.cancel_grace + kKillTime;
}

/// Nobody is there who could say that partial results have come, and none must wait for that.
void Worker::Engine::drop_partials() {
  const bool is_alone = stop_ && !session_->conversation().welcomed();
  for (Running* running : running_jobs_) {
    if (is_alone || running->job.era != session_->era()) running->control.resize_window(0);
  }
}

void Worker::Engine::note_ignored_stops(TimePoint now) {
  for (Running* running : running_jobs_) {
    if (!running->ignored_at || now < *running->ignored_at) continue;
    running->ignored_at.reset();
    session_->stop_ignored(running->job);
  }
}

std::optional<TimePoint> Worker::Engine::next_ignored_stop() const {
  std::optional<TimePoint> next;
  for (const Running* running : running_jobs_) {
    if (running->ignored_at)
      next = std::min(next.value_or(*running->ignored_at), *running->ignored_at);
  }
  return next;
}

/// The worker goes at once: what runs is of no use to anybody here.
void Worker::Engine::stop_running(TimePoint now) {
  for (Running* running : running_jobs_) {
    ask_to_stop(*running, StopReason::WorkerStops, now);
  }
}

}  // namespace steelyard
