#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Which states workers hold: loaded for jobs or ahead of them, given up for others, pinned, lost.
namespace steelyard::core {

using strategy::Held;
using strategy::WorkerChange;

WorkerTable::Needs Scheduler::needs_of(const LaneKey& key) const {
  return {key.queue, key.priority, lanes_.tags(key.tags), view_.state(key.state).bytes};
}

std::uint64_t Scheduler::pools_for(const LaneKey& key) const {
  return workers_.pools_for(needs_of(key));
}

/// The worker holds `state` from now on, in place of what it has to give up.
/// Returns the first of those. Requires: it does not hold it, and there is room or room can be
/// made.
StateId Scheduler::load(WorkerId id, StateId state) {
  const auto evicted = view_.evictions(id, state);
  STEELYARD_ASSERT(evicted.has_value());
  strategy::Worker& worker = workers_.info(id);
  for (const StateId old : *evicted) {
    // Landlord: what stays has paid as much rent as what goes had left.
    worker.credit_floor = std::max(worker.credit_floor, workers_.held(id, old)->credit);
    give_up(id, old);
  }
  hold(id, state, credit_of(id, state));
  worker_changed(id, WorkerChange::StateChanged);
  return evicted->empty() ? StateId::none() : evicted->front();
}

/// What a state that is loaded or used now is worth keeping: how long loading it again would take,
/// for its size.
double Scheduler::credit_of(WorkerId id, StateId state) const {
  const strategy::Worker& worker = workers_.info(id);
  if (worker.max_states == 1) return 0;
  const std::uint64_t bytes = std::max<std::uint64_t>(view_.state(state).bytes, 1);
  const double size = worker.state_memory_bytes == 0 ? 1.0 : static_cast<double>(bytes);
  return worker.credit_floor + estimates_.load(state, worker.pool).mean_s / size;
}

/// Jobs that need it may run there already, when it was thought to be lost.
void Scheduler::hold(WorkerId id, StateId state, double credit) {
  Held& held = workers_.hold(id, state);
  held.credit = credit;
  const JobList& leases = workers_.record(id).leases;
  for (std::uint32_t slot = leases.first; slot != kNoJob; slot = jobs_[slot].next) {
    held.running += lanes_.info(jobs_[slot].lane).state == state ? 1 : 0;
  }
}

void Scheduler::give_up(WorkerId id, StateId state) {
  if (!workers_.drop(id, state)) return;
  ++evictions_;
  ++workers_.record(id).evictions;
  emit(Evict{id, state});
}

/// What an attempt says about the states its worker holds.
void Scheduler::note_holding(WorkerId id, StateId state, const AttemptReport& report) {
  if (report.load_failed && state.valid()) load_failed(id, state);
  if (report.holds && workers_.joined(id)) correct_holding(id, *report.holds);
}

/// The worker holds exactly these states, and those that its jobs are loading.
void Scheduler::correct_holding(WorkerId id, std::span<const StateId> holds) {
  strategy::States gone;
  for (const Held& held : workers_.info(id).held) {
    if (held.running == 0 && std::ranges::find(holds, held.state) == holds.end()) {
      gone.push_back(held.state);
    }
  }
  bool changed = !gone.empty();
  for (const StateId state : gone) workers_.drop(id, state);
  for (const StateId state : holds) {
    if (workers_.info(id).holds(state)) continue;
    if (workers_.info(id).held.size() >= workers_.info(id).max_states) break;
    hold(id, state, workers_.info(id).credit_floor);
    changed = true;
  }
  if (changed) worker_changed(id, WorkerChange::StateChanged);
  for (const StateId state : gone) {
    if (view_.state(state).waiting > 0) place_state(state);
  }
}

void Scheduler::learn_load(WorkerId id, StateId state, Duration load_time, std::uint64_t bytes) {
  estimates_.learn_load(state, workers_.info(id).pool, load_time);
  strategy::State& loaded = workers_.state(state);
  loaded.failures = 0;
  if (loaded.blocked_until > now_) {
    // Those who wait to try again need not; they are told when the timers are looked at.
    loaded.blocked_until = now_;
    load_timers_.set(state.value, now_);
  }
  learn_size(state, bytes);
}

/// Returns whether that is news.
bool Scheduler::learn_size(StateId state, std::uint64_t bytes) {
  if (bytes == 0 || workers_.state(state).bytes == bytes) return false;
  workers_.state(state).bytes = bytes;
  refresh_lanes();
  return true;
}

/// The worker does not hold the state after all, and for a while nobody else tries to load it.
void Scheduler::load_failed(WorkerId id, StateId state) {
  ++failed_loads_;
  if (workers_.joined(id) && workers_.drop(id, state)) {
    worker_changed(id, WorkerChange::StateChanged);
  }
  strategy::State& failed = workers_.state(state);
  const std::uint32_t doublings = std::min<std::uint32_t>(failed.failures, 16);
  ++failed.failures;
  const Duration pause =
      std::min(options_.load_retry_max, options_.load_retry_first * (1 << doublings));
  failed.blocked_until = now_ + pause;
  load_timers_.set(state.value, failed.blocked_until);
  reconsider(LaneId::none());
}

/// Jobs whose states could not be loaded may be tried again.
void Scheduler::retry_loads() {
  while (!load_timers_.empty() && load_timers_.top_key() <= now_) {
    const StateId state{load_timers_.top()};
    load_timers_.erase(state.value);
    place_state(state);
  }
}

void Scheduler::add_lanes_of(StateId state, std::vector<LaneId>& lanes) const {
  for (const LaneId lane : lanes_.waiting()) {
    if (lanes_.info(lane).state == state) lanes.push_back(lane);
  }
}

void Scheduler::place_state(StateId state) {
  std::vector<LaneId> lanes;
  add_lanes_of(state, lanes);
  place_lanes(lanes);
}

void Scheduler::on(const StateLoaded& event) {
  STEELYARD_ASSERT(workers_.joined(event.worker));
  workers_.record(event.worker).last_heard = now_;
  std::vector<StateId>& preloads = workers_.record(event.worker).preloads;
  const auto found = std::ranges::find(preloads, event.state);
  if (found == preloads.end()) return;
  preloads.erase(found);
  --workers_.info(event.worker).occupied;
  if (Held* const held = workers_.held(event.worker, event.state)) --held->running;
  AttemptReport effort;
  effort.load_time = event.load_time;
  note_effort(event.worker, effort);
  if (event.failed) {
    load_failed(event.worker, event.state);
  } else {
    learn_load(event.worker, event.state, event.load_time, event.state_bytes);
  }
  room_changed(event.worker);
  serve_worker(event.worker);
  if (event.failed) satisfy_pins();
}

/// After its connection was cut nobody knows what became of them.
void Scheduler::end_preloads(WorkerId id) {
  std::vector<StateId> preloads = std::exchange(workers_.record(id).preloads, {});
  if (preloads.empty()) return;
  workers_.info(id).occupied -= static_cast<std::uint32_t>(preloads.size());
  for (const StateId state : preloads) workers_.drop(id, state);
  worker_changed(id, WorkerChange::StateChanged);
  room_changed(id);
  satisfy_pins();
}

void Scheduler::on(const PinRequested& event) {
  session(event.by).last_heard = now_;
  AnswerPin answer{event.by, event.request, 0, 0};
  const bool is_known = pins_.contains(event.state);
  if (is_known || pins_.size() < options_.max_pinned_states) {
    pins_[event.state] = {event.workers, event.queue};
    satisfy_pin(event.state, pins_[event.state]);
    if (event.workers == 0) pins_.erase(event.state);
  }
  for (std::uint32_t i = 0; i < workers_.infos().size(); ++i) {
    const Held* const held = workers_.info(WorkerId{i}).find(event.state);
    if (held == nullptr || !held->pinned) continue;
    const auto& preloads = workers_.record(WorkerId{i}).preloads;
    const bool loads = std::ranges::find(preloads, event.state) != preloads.end();
    ++(loads ? answer.loading : answer.holding);
  }
  emit(answer);
}

void Scheduler::satisfy_pins() {
  for (auto& [state, pin] : pins_) satisfy_pin(state, pin);
}

/// Pins the state where it is held, has it loaded where it is not, and unpins it where that is too
/// much. What cannot be had now is tried again when workers come or go, and with each timer.
void Scheduler::satisfy_pin(StateId state, Pin& pin) {
  std::uint32_t pinned = 0;
  const auto count = static_cast<std::uint32_t>(workers_.infos().size());
  const auto is_meant = [&](WorkerId id) {
    return workers_.joined(id) && workers_.info(id).accepting &&
           (!pin.queue.valid() || std::ranges::binary_search(workers_.queues(id), pin.queue));
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    Held* const held = workers_.joined(WorkerId{i}) ? workers_.held(WorkerId{i}, state) : nullptr;
    if (held == nullptr) continue;
    held->pinned = is_meant(WorkerId{i}) && pinned < pin.workers;
    pinned += held->pinned ? 1 : 0;
  }
  for (std::uint32_t i = 0; i < count && pinned < pin.workers; ++i) {
    if (is_meant(WorkerId{i}) && preload(WorkerId{i}, state, pin.queue)) ++pinned;
  }
}

/// Has an idle worker load the state and pins it there. Returns whether it does.
bool Scheduler::preload(WorkerId id, StateId state, QueueId queue) {
  const strategy::Worker& worker = workers_.info(id);
  if (worker.holds(state) || !worker.has_free_slot() || !view_.can_have(id, state)) return false;
  load(id, state);
  Held& held = *workers_.held(id, state);
  held.pinned = true;
  ++held.running;
  ++workers_.info(id).occupied;
  workers_.record(id).preloads.push_back(state);
  room_changed(id);
  emit(LoadState{id, state, queue});
  return true;
}

void Scheduler::on(const TenantWeighted& event) {
  shares_.set_weight(event.tenant, event.weight);
  tell_strategy([&] { strategy_->rebuild(view_); });
}

}  // namespace steelyard::core
