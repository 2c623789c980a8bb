#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/engine.hpp"

/// How each of the scheduler's actions is carried out.
namespace steelyard::inproc {
void Engine::on(const core::Assign& action, Aftermath& after) {
  JobNode& job = jobs_.at(action.sequence);
  WorkerPlace& place = *places_[action.worker.index()];
  if (options_.record_numbers) books_.dispatched.insert(job.number);
  if (job.uses_state && place.state_in_use) {
    place.waiting_for_state.push_back({&job, action.lease, action.sequence});
  } else {
    hand_to_seat(place, {&job, action.lease, action.sequence}, after);
  }
}

/// A worker never has more jobs than slots, so one of its seats is idle.
void Engine::hand_to_seat(WorkerPlace& place, const Assignment& assignment, Aftermath& after) {
  STEELYARD_ASSERT(!place.idle.empty());
  // The one that became idle last has its data still in the cache.
  Seat& seat = *place.idle.back();
  place.idle.pop_back();
  --idle_count_;
  if (assignment.job->uses_state) {
    place.state_in_use = true;
    place.evict_now = std::exchange(place.evictions, {});
  }
  if (timekeeper_ == &seat) timekeeper_ = nullptr;
  if (seat.give_job(assignment)) after.wake_later(seat);
}

/// By the seat that uses the state next, because that is the user's destructor.
void Engine::on(const core::Evict& action, Aftermath&) {
  places_[action.worker.index()]->evictions.push_back(action.state);
}

void Engine::on(const core::Reject& action, Aftermath& after) {
  refused_.fetch_add(action.count);
  for (std::uint32_t i = 0; i < action.count; ++i) {
    refuse_later(jobs_.take(action.first_sequence + i), action.reason, after);
  }
}

/// Results are delivered by the workers' threads; what the scheduler delivers are refusals.
void Engine::on(const core::Deliver& action, Aftermath& after) {
  STEELYARD_ASSERT(action.error.has_value());
  JobNode& job = jobs_.take(action.sequence);
  const bool has_run =
      *action.error == ErrorCode::AttemptsExhausted || *action.error == ErrorCode::TooManyHops;
  if (options_.record_numbers && has_run) {
    books_.completed.insert(job.number);
  }
  refuse_later(job, *action.error, after);
}

void Engine::refuse_later(JobNode& job, ErrorCode why, Aftermath& after) {
  job.refusal = why;
  refusing_.fetch_add(1);
  after.refuse_later(job);
}

void Engine::on(const core::RefuseWorker& action, Aftermath&) {
  join_refusal_ = action.reason;
}

void Engine::on(const core::Dismiss& action, Aftermath& after) {
  WorkerPlace& place = *places_[action.worker.index()];
  STEELYARD_ASSERT(place.idle.size() == place.seats.size());
  idle_count_ -= static_cast<std::uint32_t>(place.idle.size());
  place.idle.clear();
  for (Seat* const seat : place.seats) {
    if (timekeeper_ == seat) timekeeper_ = nullptr;
    if (seat->give_leave()) after.wake_later(*seat);
  }
  place.dismissed.store(true);
  after.changed = true;
}

// A job is owned by its requester's future or by the engine, and goes with its owner.
void Engine::on(const core::Forget&, Aftermath&) {}

// A program needs no acknowledgement of its own call.
void Engine::on(const core::Acknowledge&, Aftermath&) {}

Error Engine::refusal(ErrorCode code) const {
  const core::Options& limits = options_.limits;
  switch (code) {
    case ErrorCode::QueueFull:
      return {code, fmt::format("the limit is max_queued_jobs = {}", limits.max_queued_jobs)};
    case ErrorCode::UserOverLimit:
      return {code, fmt::format("the limit is max_queued_jobs_per_user = {}",
                                limits.max_queued_jobs_per_user)};
    case ErrorCode::QueueOverLimit:
      return {code, fmt::format("the limit is max_queued_jobs_per_queue = {}",
                                limits.max_queued_jobs_per_queue)};
    case ErrorCode::SessionFull:
      return {code, fmt::format("the limit is max_unfinished_jobs_per_session = {}",
                                limits.max_unfinished_jobs_per_session)};
    case ErrorCode::TooManyLanes:
      return {code, fmt::format("the limit is max_lanes = {}", limits.max_lanes)};
    case ErrorCode::TooManyWorkers:
      return {code, fmt::format("the limit is max_workers = {}", limits.max_workers)};
    case ErrorCode::TooManyPools:
      return {code, fmt::format("the limit is {} different profiles", core::kMaxPools)};
    case ErrorCode::StateTooLarge:
      return {code, "no worker that may do it has room for its state"};
    case ErrorCode::AttemptsExhausted:
      return {code, fmt::format("{} attempts failed", limits.max_attempts)};
    case ErrorCode::TooManyHops:
      return {code, fmt::format("the limit is max_hops = {}", limits.max_hops)};
    case ErrorCode::Stopped:
      return {code, "the balancer was stopped"};
    default:
      return {code, {}};
  }
}

}  // namespace steelyard::inproc
