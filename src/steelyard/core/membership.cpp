#include <algorithm>
#include <utility>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Workers that join, beat, return, drain, leave or are lost.
namespace steelyard::core {

using strategy::WorkerChange;

void Scheduler::on(const WorkerJoined& event) {
  STEELYARD_ASSERT(event.profile.slots > 0 && event.profile.weight > 0);
  if (const auto joined = workers_.join(event, now_, options_.max_workers); !joined) {
    emit(RefuseWorker{event.worker, joined.error().code});
    return;
  }
  const PoolId pool = workers_.info(event.worker).pool;
  if (workers_.is_new_pool(pool)) estimates_.forget(pool);
  refresh_pools();
  worker_changed(event.worker, WorkerChange::Joined);
  set_worker_timer(event.worker);
  satisfy_pins();
  serve_worker(event.worker);
}

void Scheduler::on(const WorkerReturned& event) {
  STEELYARD_ASSERT(workers_.joined(event.worker));
  renew(event.worker, event.held);
  std::vector<Lease> held(event.held.begin(), event.held.end());
  std::ranges::sort(held);
  const auto is_lost = [&](std::uint32_t slot) {
    return !std::ranges::binary_search(held, Lease{slot, jobs_[slot].stamp});
  };
  std::vector<LaneId> returned;
  lose_leases(event.worker, is_lost, Death::Forgotten, returned);
  lose_kept(event.worker, is_lost, returned);
  tell_stops_again(event.worker);
  // It may say again how those ended that it lists and that are over.
  workers_.record(event.worker).excused += static_cast<std::uint32_t>(
      std::ranges::count_if(held, [&](Lease lease) { return jobs_.find(lease) == kNoJob; }));
  std::erase_if(workers_.record(event.worker).overdue, [&](Lease lease) {
    const bool goes_on = std::ranges::binary_search(held, lease);
    workers_.info(event.worker).occupied -= goes_on ? 0 : 1;
    return !goes_on;
  });
  room_changed(event.worker);
  try_again(event.worker);
  end_preloads(event.worker);
  place_lanes(returned);
  serve_worker(event.worker);
}

void Scheduler::on(const WorkerBeat& event) {
  STEELYARD_ASSERT(workers_.joined(event.worker));
  renew(event.worker, event.held);
  if (std::exchange(workers_.info(event.worker).machine_load, event.machine_load) !=
      event.machine_load) {
    worker_changed(event.worker, WorkerChange::RoomChanged);
  }
  if (try_again(event.worker)) serve_worker(event.worker);
}

/// A worker that was held up is given work again. Returns whether it was.
bool Scheduler::try_again(WorkerId id) {
  if (!std::exchange(workers_.info(id).held_up, false)) return false;
  room_changed(id);
  return true;
}

void Scheduler::on(const WorkerDrainRequested& event) {
  if (!workers_.joined(event.worker)) return;
  workers_.info(event.worker).accepting = false;
  room_changed(event.worker);
  dismiss_if_drained(event.worker);
  // Others take over what it holds pinned.
  satisfy_pins();
}

void Scheduler::on(const WorkerLeft& event) {
  if (!workers_.joined(event.worker)) return;
  std::vector<LaneId> returned;
  remove_worker(event.worker, Death::Left, returned);
  place_lanes(returned);
  satisfy_pins();
}

/// What the worker was told may have been lost with its connection.
void Scheduler::tell_stops_again(WorkerId id) {
  for (std::uint32_t slot = workers_.record(id).leases.first; slot != kNoJob;
       slot = jobs_[slot].next) {
    const Job& job = jobs_[slot];
    if (job.stopping == 0) continue;
    emit(RequestStop{id, {slot, job.stamp}, static_cast<StopReason>(job.stopping - 1)});
  }
}

void Scheduler::renew(WorkerId id, std::span<const Lease> held) {
  workers_.record(id).last_heard = now_;
  for (const Lease lease : held) {
    const std::uint32_t slot = jobs_.find(lease);
    if (slot == kNoJob || jobs_[slot].state != JobState::Running) continue;
    if (jobs_[slot].worker == id) jobs_[slot].renewed = now_;
  }
}

/// Ends those of the worker's attempts for which `is_lost(slot)`, and adds the lanes they return to
/// to `returned`: the caller places them when all that is lost is known. Returns whether any is.
bool Scheduler::lose_leases(WorkerId id, const std::function<bool(std::uint32_t)>& is_lost,
                            Death how, std::vector<LaneId>& returned) {
  std::vector<std::uint32_t> lost;
  const JobList& leases = workers_.record(id).leases;
  for (std::uint32_t slot = leases.last; slot != kNoJob; slot = jobs_[slot].previous) {
    if (is_lost(slot)) lost.push_back(slot);
  }
  // Latest first, so that each goes before the one returned just before it.
  for (const std::uint32_t slot : lost) {
    const LaneId lane = jobs_[slot].lane;
    if (returned.empty() || returned.back() != lane) returned.push_back(lane);
    lose_attempt(slot, how);
  }
  return !lost.empty();
}

/// The worker is gone; its jobs return to the front of their lanes. Its number is free.
void Scheduler::remove_worker(WorkerId id, Death how, std::vector<LaneId>& returned) {
  const auto every_one = [](std::uint32_t) { return true; };
  lose_leases(id, every_one, how, returned);
  lose_kept(id, every_one, returned);
  return_timers_.erase(id.value);
  worker_timers_.erase(id.value);
  stay_timers_.erase(id.value);
  std::erase(awaiting_, id);
  // Those who waited for this holder are given to others.
  for (const strategy::Held& held : workers_.info(id).held) {
    if (view_.state(held.state).waiting > 0) add_lanes_of(held.state, returned);
  }
  workers_.info(id).accepting = false;
  workers_.count_free_slot(id);
  worker_changed(id, WorkerChange::Left);
  const std::span<const QueueId> queues = workers_.queues(id);
  const std::vector<QueueId> served(queues.begin(), queues.end());
  workers_.leave(id);
  for (const QueueId queue : served) {
    if (!workers_.serves(queue)) note_unserved(queue);
  }
  refresh_pools();
}

void Scheduler::dismiss_if_drained(WorkerId id) {
  const strategy::Worker& worker = workers_.info(id);
  if (worker.accepting || worker.assigned > 0) return;
  if (workers_.record(id).kept.first != kNoJob) return;
  std::vector<LaneId> nothing;
  remove_worker(id, Death::Left, nothing);
  emit(Dismiss{id});
}

/// After a pool was made or given up: which lanes it may serve, and the strategy's indexes.
void Scheduler::refresh_pools() {
  if (workers_.take_pools_changed()) refresh_lanes();
}

void Scheduler::refresh_lanes() {
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    lanes_.set_pools(LaneId{i}, pools_for(lanes_.key(LaneId{i})));
  }
  tell_strategy([&] { strategy_->rebuild(view_); });
}

}  // namespace steelyard::core
