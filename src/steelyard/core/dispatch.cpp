#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"
#include "steelyard/strategy/arrival_value.hpp"

/// Which job goes where: the strategy is asked, its answer is checked, the job is assigned.
namespace steelyard::core {

using strategy::Choice;
using strategy::Reason;
using strategy::Serve;
using strategy::Stay;

namespace {

constexpr Duration kShortestRunTime = std::chrono::microseconds(1);

constexpr LaneId kAnyLane{LaneId::kNone - 1};
// One that takes nothing has a reason that most likely holds for others too.
constexpr std::uint32_t kFreeWorkersAsked = 64;

Duration in_nanoseconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

/// `id` has new work: ask the workers with room, the strategy's favourite first.
void Scheduler::place_lane(LaneId id) {
  while (lanes_.info(id).waiting > 0) {
    const std::optional<WorkerId> worker = ask_place(id);
    if (!worker) return;
    const bool is_free = workers_.info(*worker).has_free_slot();
    const Served served = serve_once(*worker);
    if (served == Served::Work) continue;
    // A free worker that wants to stay idle has a reason; one that is unable has none for others.
    const bool is_decided = is_free && served == Served::Nothing;
    if (is_decided || !serve_a_free_worker(id)) return;
  }
}

/// The strategy named a worker that can take nothing; nobody is to be idle for that.
bool Scheduler::serve_a_free_worker(LaneId id) {
  if ((lanes_.info(id).pools & workers_.pools_with_free_slot()) == 0) return false;
  std::uint32_t asked = 0;
  for (std::uint32_t i = 0; i < workers_.infos().size() && asked < kFreeWorkersAsked; ++i) {
    const WorkerId worker{i};
    if (!view_.allowed(worker, id) || !workers_.info(worker).has_free_slot()) continue;
    if (serve_once(worker) == Served::Work) return true;
    ++asked;
  }
  return false;
}

void Scheduler::place_lanes(const std::vector<LaneId>& ids) {
  for (const LaneId id : ids) place_lane(id);
}

/// `id` may have room: give it work until it has none left, or wants none.
void Scheduler::serve_worker(WorkerId id) {
  while (workers_.joined(id) && workers_.info(id).has_room() && serve_once(id) == Served::Work) {
  }
  if (workers_.joined(id)) dismiss_if_drained(id);
}

/// Whether the worker can take the first job of `lane`: one of its slots is free and its state can
/// be had, or what it has beyond them stays below `max_unstarted_work`. A state is not loaded
/// beyond the slots.
bool Scheduler::takes(WorkerId id, LaneId lane_id) const {
  const strategy::Worker& worker = workers_.info(id);
  const strategy::Lane& lane = lanes_.info(lane_id);
  if (worker.has_free_slot()) return view_.can_have(id, lane.state);
  if (!worker.has_room()) return false;
  const Job& head = jobs_[lanes_.head(lane_id)];
  if (head.was_lost || head.time_limit_ms > 0) return false;
  if (needs_load(lane, worker)) return false;
  const std::optional<Duration> expected = expected_ahead(lane.queue);
  return expected &&
         workers_.record(id).unstarted.work() + *expected <= options_.max_unstarted_work;
}

/// What a job of the queue counts for while it waits at a worker; nullopt: nobody knows.
std::optional<Duration> Scheduler::expected_ahead(QueueId queue) const {
  const std::optional<Duration> expected = run_times_.expected(queue);
  if (!expected) return std::nullopt;
  // A bound on the number of jobs, however short they are.
  return std::max(*expected, kShortestRunTime);
}

/// One decision for a worker with room.
Scheduler::Served Scheduler::serve_once(WorkerId id) {
  if (stopping_) return Served::Nothing;
  const Choice choice = ask(id);
  stay_timers_.erase(id.value);
  if (const auto* stay = std::get_if<Stay>(&choice)) {
    ++decisions_[static_cast<std::size_t>(stay->why)];
    if (stay->why != Reason::NothingToDo) note_stay(id, *stay);
    if (stay->until) stay_timers_.set(id.value, std::max(*stay->until, now_ + Duration(1)));
    return Served::Nothing;
  }
  const Serve& serve = std::get<Serve>(choice);
  std::uint32_t given = 0;
  while (given < serve.max_jobs && lanes_.info(serve.lane).waiting > 0 && takes(id, serve.lane)) {
    if (expire_if_late(lanes_.head(serve.lane))) return Served::Work;
    ++decisions_[static_cast<std::size_t>(serve.why)];
    assign_head(id, serve.lane, serve.why);
    ++given;
  }
  if (given > 0) return Served::Work;
  if (workers_.info(id).has_free_slot()) await(id, serve.lane);
  return Served::Unable;
}

/// The worker takes nothing until running jobs let go of a state, so that it can begin what is
/// first in `lane`. Should others take that, it is asked again. While loads are blocked, what it
/// would rather have than `lane` may be in any other.
void Scheduler::await(WorkerId id, LaneId lane) {
  if (!workers_.record(id).awaits.valid()) awaiting_.push_back(id);
  workers_.record(id).awaits = load_timers_.empty() ? lane : kAnyLane;
}

/// The lane's first job has gone, or the lane is to be waited for no longer. none(): every lane.
void Scheduler::reconsider(LaneId lane) {
  if (awaiting_.empty()) return;
  std::erase_if(awaiting_, [&](WorkerId id) {
    LaneId& awaited = workers_.record(id).awaits;
    if (lane.valid() && awaited != lane && awaited != kAnyLane) return false;
    awaited = LaneId::none();
    reconsidered_.push_back(id);
    return true;
  });
}

void Scheduler::serve_reconsidered() {
  while (!reconsidered_.empty()) {
    const WorkerId id = reconsidered_.back();
    reconsidered_.pop_back();
    if (workers_.joined(id)) serve_worker(id);
  }
}

/// The strategy's choice, replaced by the oldest job when it is not allowed, or when its state
/// could not be loaded a moment ago: then others need not wait for that.
Choice Scheduler::ask(WorkerId id) {
  try {
    const Choice choice = strategy_->choose(view_, id);
    if (is_sound(choice, id)) {
      const auto* serve = std::get_if<Serve>(&choice);
      if (serve == nullptr || !is_blocked(id, lanes_.info(serve->lane).state)) return choice;
      const Choice other = oldest(id, Reason::Oldest);
      return std::holds_alternative<Serve>(other) ? other : choice;
    }
    ++strategy_faults_.unsound;
  } catch (...) {
    note_exception();  // a user's strategy: this decision is made without it
  }
  return oldest(id, Reason::Fallback);
}

void Scheduler::note_stay(WorkerId id, const Stay& stay) {
  Decision decision;
  decision.at = now_;
  decision.worker = id;
  decision.why = stay.why;
  decision.until = stay.until.value_or(strategy::kNever);
  decision_log_.note(decision);
}

/// To be called where the strategy has thrown something.
void Scheduler::note_exception() {
  constexpr std::size_t kMaxText = 200;
  try {
    throw;
  } catch (const strategy::TooSlow& slow) {
    ++strategy_faults_.too_slow;
    strategy_faults_.last_too_slow = std::string(slow.what()).substr(0, kMaxText);
  } catch (const std::exception& thrown) {
    ++strategy_faults_.thrown;
    strategy_faults_.last_exception = std::string(thrown.what()).substr(0, kMaxText);
  } catch (...) {
    ++strategy_faults_.thrown;
    strategy_faults_.last_exception = "something that is no std::exception";
  }
}

/// Whether the worker would have to load the state, and that is not to be tried yet, or there is no
/// room beside what is pinned.
bool Scheduler::is_blocked(WorkerId id, StateId state) const {
  return !view_.could_have(id, state);
}

/// The strategy's choice, replaced by the first worker with a free slot when it is not allowed.
std::optional<WorkerId> Scheduler::ask_place(LaneId id) {
  try {
    const std::optional<WorkerId> worker = strategy_->place(view_, id);
    if (!worker) return std::nullopt;
    if (workers_.joined(*worker) && workers_.info(*worker).has_room() &&
        view_.allowed(*worker, id)) {
      return worker;
    }
    ++strategy_faults_.unsound;
  } catch (...) {
    note_exception();
  }
  ++decisions_[static_cast<std::size_t>(Reason::Fallback)];
  for (std::uint32_t i = 0; i < workers_.infos().size(); ++i) {
    if (view_.allowed(WorkerId{i}, id) && workers_.info(WorkerId{i}).has_free_slot()) {
      return WorkerId{i};
    }
  }
  return std::nullopt;
}

Choice Scheduler::oldest(WorkerId id, Reason why) const {
  LaneId oldest;
  strategy::ArrivalValue smallest;
  for (const LaneId lane : view_.waiting_lanes()) {
    if (!view_.allowed(id, lane) || is_blocked(id, lanes_.info(lane).state)) continue;
    const strategy::ArrivalValue value = strategy::arrival_value(view_.lane(lane));
    if (oldest.valid() && !(value < smallest)) continue;
    oldest = lane;
    smallest = value;
  }
  if (!oldest.valid()) return Stay{};
  return Serve{oldest, 1, why};
}

bool Scheduler::is_sound(const Choice& choice, WorkerId id) const {
  const Reason why = std::visit([](const auto& answer) { return answer.why; }, choice);
  if (static_cast<std::size_t>(why) >= decisions_.size()) return false;
  const auto* serve = std::get_if<Serve>(&choice);
  if (serve == nullptr) return true;
  return serve->max_jobs > 0 && serve->lane.index() < lanes_.size() &&
         lanes_.info(serve->lane).waiting > 0 && view_.allowed(id, serve->lane);
}

void Scheduler::assign_head(WorkerId id, LaneId lane_id, Reason why) {
  const std::uint32_t slot = lanes_.head(lane_id);
  leave_lane(lane_id, slot);
  const strategy::Lane& lane = lanes_.info(lane_id);
  Job& job = jobs_[slot];
  STEELYARD_ASSERT(job.state == JobState::Queued);
  job.state = JobState::Running;
  job.worker = id;
  job.renewed = now_;
  job.run_time_us = job.run_time_before_us;
  job.progress = 0;
  if (job.start_by != strategy::kNever) start_timers_.erase(slot);
  if (job.time_limit_ms > 0) {
    hung_timers_.set(slot, now_ + std::chrono::milliseconds(job.time_limit_ms));
  }
  job.waited_us =
      whole_microseconds(now_ - job.arrival + std::chrono::microseconds(job.waited_before_us));
  ++job.attempt;
  ++job.stamp;
  WorkerRecord& record = workers_.record(id);
  record.leases.push_back(jobs_, slot);
  if (!workers_.info(id).has_free_slot()) {
    record.unstarted.add(jobs_, slot, expected_ahead(lane.queue).value());
  }
  ++workers_.info(id).assigned;
  book_.assigned(lane, now_ - job.arrival);
  room_changed(id);
  const bool loads = needs_load(lane, workers_.info(id));
  Decision decision{now_,       id,         why,   job.session, job.sequence,
                    lane.queue, lane.state, loads, {},          strategy::kNever};
  job.loads = loads;
  charge(slot, lane, loads ? expected_load(id, lane.state) : Duration::zero());
  if (loads) {
    ++switches_;
    ++record.switches;
    decision.gave_up = load(id, lane.state);
  } else if (strategy::Held* const held = workers_.held(id, lane.state)) {
    ++held->running;
    held->credit = credit_of(id, lane.state);
  }
  decision_log_.note(decision);
  compare_estimate(job);
  const Session& from = session(job.session);
  emit(Assign{id,
              {slot, job.stamp},
              job.payload,
              job.session,
              job.sequence,
              lane.queue,
              lane.state,
              lane.tenant,
              lane.priority,
              number_of(job),
              loads,
              std::chrono::microseconds(job.waited_us),
              job.keep || job.detached || from.closing || from.away});
}

Duration Scheduler::expected_load(WorkerId id, StateId state) const {
  return in_nanoseconds(estimates_.load(state, workers_.info(id).pool).mean_s);
}

/// The job's user pays for what it is expected to cost; see `settle_charge`.
void Scheduler::charge(std::uint32_t slot, const strategy::Lane& lane, Duration load) {
  const PoolId pool = workers_.info(jobs_[slot].worker).pool;
  const Duration run = in_nanoseconds(estimates_.run(lane.queue, lane.state, pool).mean_s);
  jobs_[slot].charged_us = whole_microseconds(run + load);
  shares_.charge(lane.tenant, std::chrono::microseconds(jobs_[slot].charged_us));
  shares_.began(lane.tenant);
}

/// The attempt has ended and cost `cost`. What is lost with its worker stays as it was charged.
void Scheduler::settle_charge(std::uint32_t slot, Duration cost) {
  const Duration charged = std::chrono::microseconds(jobs_[slot].charged_us);
  shares_.settle(lanes_.info(jobs_[slot].lane).tenant, {charged, cost});
}

/// What waits at a worker is taken to begin as soon as there is a slot for it.
void Scheduler::begin_unstarted(WorkerId id) {
  const strategy::Worker& worker = workers_.info(id);
  Unstarted& unstarted = workers_.record(id).unstarted;
  while (unstarted.count() > 0 &&
         worker.assigned - unstarted.count() + worker.occupied < worker.slots) {
    unstarted.begin_first(jobs_);
  }
}

/// The worker was given a job, or is rid of one, or takes no more.
void Scheduler::room_changed(WorkerId id) {
  begin_unstarted(id);
  strategy::Worker& worker = workers_.info(id);
  worker.credit = workers_.record(id).unstarted.work() < options_.max_unstarted_work &&
                  worker.assigned < worker.slots + options_.max_unstarted_jobs;
  workers_.count_free_slot(id);
  worker_changed(id, strategy::WorkerChange::RoomChanged);
}

void Scheduler::worker_changed(WorkerId id, strategy::WorkerChange change) {
  tell_strategy([&] { strategy_->worker_changed(view_, id, change); });
  // What others hold may change what is worth waiting for.
  if (change != strategy::WorkerChange::RoomChanged) reconsider(LaneId::none());
}

/// `slot` waits in its lane (again).
void Scheduler::enter_lane(LaneId id, std::uint32_t slot, bool again) {
  const strategy::Lane& lane = lanes_.info(id);
  if (lane.state.valid()) ++workers_.state(lane.state).waiting;
  shares_.waits(lane.tenant);
  lane_changed(id, again ? lanes_.restore(id, slot) : lanes_.append(id, slot));
}

/// `slot` waits in its lane no more.
void Scheduler::leave_lane(LaneId id, std::uint32_t slot) {
  const strategy::Lane& lane = lanes_.info(id);
  if (lane.state.valid()) --workers_.state(lane.state).waiting;
  shares_.waits_no_more(lane.tenant);
  lane_changed(id, lanes_.remove(id, slot));
  reconsider(id);
}

void Scheduler::lane_changed(LaneId id, strategy::LaneChange change) {
  tell_strategy([&] { strategy_->lane_changed(view_, id, change); });
}

}  // namespace steelyard::core
