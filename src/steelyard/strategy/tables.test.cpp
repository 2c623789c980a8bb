#include "steelyard/strategy/tables.test.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::strategy {
namespace {

constexpr std::uint32_t kMaxStates = 100;

StateId state_of(const std::optional<std::uint32_t>& state) {
  return state ? StateId{*state} : StateId::none();
}

}  // namespace

Tables::Tables()
    : states_(kMaxStates), view_({lanes_, waiting_, workers_, states_, estimates_, shares_}) {}

LaneId Tables::lane(const LaneOf& of) {
  Lane lane;
  lane.queue = QueueId{0};
  lane.state = state_of(of.state);
  lane.priority = of.priority;
  if (of.user) lane.tenant = TenantId{*of.user};
  lane.pools = of.pools;
  lanes_.push_back(lane);
  jobs_.emplace_back();
  return LaneId{static_cast<std::uint32_t>(lanes_.size() - 1)};
}

void Tables::arrive(LaneId id) {
  jobs_[id.index()].push_back({now(), ++orders_});
  count(id, now(), true);
  if (lanes_[id.index()].waiting++ > 0) return tell_lane(id, LaneChange::Grew);
  waiting_.push_back(id);
  head_changed(id);
}

LaneId Tables::waiting_lane(const LaneOf& of) {
  const LaneId id = lane(of);
  arrive(id);
  return id;
}

Tables::Waiting Tables::take(LaneId id) {
  STEELYARD_ASSERT(!jobs_[id.index()].empty());
  const Waiting first = jobs_[id.index()].front();
  jobs_[id.index()].pop_front();
  count(id, first.arrival, false);
  shares_.charge(lanes_[id.index()].tenant, std::chrono::seconds(1));
  if (--lanes_[id.index()].waiting > 0) {
    head_changed(id);
  } else {
    waiting_.erase(std::ranges::find(waiting_, id));
    tell_lane(id, LaneChange::Emptied);
  }
  return first;
}

void Tables::give_back(LaneId id, Waiting job) {
  std::deque<Waiting>& jobs = jobs_[id.index()];
  STEELYARD_ASSERT(jobs.empty() || job.order < jobs.front().order);
  if (jobs.empty()) waiting_.push_back(id);
  jobs.push_front(job);
  count(id, job.arrival, true);
  ++lanes_[id.index()].waiting;
  head_changed(id);
}

void Tables::set_pools(const std::function<std::uint64_t(LaneId)>& pools_of) {
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) lanes_[i].pools = pools_of(LaneId{i});
  for (Strategy* strategy : told_) strategy->rebuild(view_);
}

WorkerId Tables::join(const WorkerOf& of) {
  workers_.emplace_back();
  const WorkerId id{static_cast<std::uint32_t>(workers_.size() - 1)};
  join(id, of);
  return id;
}

void Tables::join(WorkerId id, const WorkerOf& of) {
  Worker& worker = workers_[id.index()];
  STEELYARD_ASSERT(!worker.joined);
  worker = {};
  worker.pool = PoolId{of.pool};
  worker.slots = of.slots;
  worker.weight = of.weight;
  worker.max_states = of.max_states;
  worker.joined = worker.accepting = true;
  tell_worker(id, WorkerChange::Joined);
  if (of.state) hold(id, StateId{*of.state});
}

void Tables::leave(WorkerId id) {
  hold(id, StateId::none());
  workers_[id.index()].accepting = false;
  tell_worker(id, WorkerChange::Left);
  workers_[id.index()] = {};
}

void Tables::drain(WorkerId id) {
  workers_[id.index()].accepting = false;
  tell_worker(id, WorkerChange::RoomChanged);
}

void Tables::hold(WorkerId id, StateId state) {
  auto& held = workers_[id.index()].held;
  for (const Held& one : held) --states_[one.state.index()].holders;
  held.clear();
  if (state.valid()) {
    ++states_[state.index()].holders;
    held.push_back({state});
  }
  tell_worker(id, WorkerChange::StateChanged);
}

void Tables::assign(WorkerId id) {
  ++workers_[id.index()].assigned;
  tell_worker(id, WorkerChange::RoomChanged);
}

void Tables::finish(WorkerId id) {
  STEELYARD_ASSERT(workers_[id.index()].assigned > 0);
  --workers_[id.index()].assigned;
  tell_worker(id, WorkerChange::RoomChanged);
}

/// Keeps what is known of all jobs that wait in the lane or for its state and user.
void Tables::count(LaneId id, TimePoint arrival, bool comes) {
  Lane& lane = lanes_[id.index()];
  const auto arrival_ns = static_cast<std::uint64_t>(arrival.time_since_epoch().count());
  lane.arrivals_ns += comes ? arrival_ns : 0 - arrival_ns;
  if (lane.state.valid()) states_[lane.state.index()].waiting += comes ? 1u : ~0u;
  comes ? shares_.waits(lane.tenant) : shares_.waits_no_more(lane.tenant);
}

void Tables::head_changed(LaneId id) {
  lanes_[id.index()].head_arrival = jobs_[id.index()].front().arrival;
  lanes_[id.index()].head_order = jobs_[id.index()].front().order;
  tell_lane(id, LaneChange::HeadChanged);
}

void Tables::tell_lane(LaneId id, LaneChange change) {
  for (Strategy* strategy : told_) strategy->lane_changed(view_, id, change);
}

void Tables::tell_worker(WorkerId id, WorkerChange change) {
  for (Strategy* strategy : told_) strategy->worker_changed(view_, id, change);
}

LaneId served(Strategy& strategy, const Tables& tables, WorkerId worker) {
  const Choice choice = strategy.choose(tables.view(), worker);
  const auto* serve = std::get_if<Serve>(&choice);
  return serve == nullptr ? LaneId::none() : serve->lane;
}

Reason reason(Strategy& strategy, const Tables& tables, WorkerId worker) {
  return std::visit([](const auto& answer) { return answer.why; },
                    strategy.choose(tables.view(), worker));
}

}  // namespace steelyard::strategy
