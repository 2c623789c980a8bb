#include "steelyard/strategy/amortised.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace steelyard::strategy {
namespace {

constexpr std::size_t kCandidates = 16;
constexpr std::uint32_t kJobsAtOnce = 8;
constexpr double kHighestUse = 0.95;  // of the workers, as far as the rule for beta believes it
constexpr std::size_t kMaxIdleRows = 100'000;

/// Longer times, which only parameters can be, are this long: 31 years.
constexpr double kLongest_s = 1e9;

Duration in_nanoseconds(double seconds) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(seconds, -kLongest_s, kLongest_s)));
}

/// `time` + `seconds`, which may be infinitely many.
TimePoint later(TimePoint time, double seconds) {
  constexpr double kFar_s = 1e8;
  return seconds < kFar_s ? time + in_nanoseconds(seconds) : kNever;
}

double square(double x) {
  return x * x;
}

}  // namespace

Amortised::Amortised(const Options& options) : options_(options) {
  if (options.max_wait_s > 0) max_wait_ = in_nanoseconds(options.max_wait_s);
}

/// Users who are owed too much, then guards, then the own work, then what is worth a load.
Choice Amortised::choose(const View& view, WorkerId worker) {
  lanes_.age(view, max_wait_);
  tenants_.refresh(view);
  const std::optional<Head> own = own_head(view, worker);
  const auto may_serve = [&](LaneId lane) {
    if (!lane.valid()) return false;
    const StateId state = view.lane(lane).state;
    return !own || !needs_load(view.lane(lane), view.worker(worker)) ||
           has_paid(view, worker, state);
  };
  const LaneId late = overdue(view, worker);
  const bool is_forced = may_serve(late);
  const std::optional<Head> instead = is_forced ? std::optional(head_of(view, late)) : own;
  const LaneId owed_lane = owed(view, worker, instead);
  if (may_serve(owed_lane)) return Serve{owed_lane, 1, Reason::Owed};
  if (is_forced) return Serve{late, 1, Reason::Guard};
  if (own) {
    if (const auto other = worth_a_place(view, worker)) return *other;
    // Small jobs beyond its slots, with nothing else to compare with: the lane's next ones are next
    // all the same, and so few make no difference to who has more to do.
    const bool is_alone = view.waiting_lanes().size() == 1;
    const bool is_free = view.worker(worker).has_free_slot();
    const std::uint32_t jobs = is_alone && !is_free ? kJobsAtOnce : 1;
    return Serve{own->lane, jobs, own->has_state ? Reason::SameState : Reason::Oldest};
  }
  return load_or_wait(view, worker);
}

/// With room for one more state, beside which nothing is given up, a load is paid for once as much
/// waiting has gathered as it takes.
std::optional<Serve> Amortised::worth_a_place(const View& view, WorkerId id) {
  const Worker& worker = view.worker(id);
  if (worker.held.size() >= worker.max_states || !worker.has_free_slot()) return std::nullopt;
  const auto& worth = worth_loading_[worker.pool.index()];
  Candidate best;
  for (std::size_t i = 0; i < worth.size() && i < kCandidates; ++i) {
    const GroupId group_id{worth.member_at(i)};
    Group& group = lanes_.group(group_id);
    estimate(view, group);
    if (!is_worth_loading(view, group) || worker.holds(group.state)) continue;
    if (group.waited_s(view.now()) < group.load.mean_s) continue;
    const auto evicted = view.evictions(id, group.state);
    if (evicted && evicted->empty()) take_if_better(view, group_id, best);
  }
  return best.head ? std::optional(serve(best)) : std::nullopt;
}

Serve Amortised::serve(const Candidate& candidate) {
  return {candidate.head->lane, 1, candidate.unheld ? Reason::Cleared : Reason::Replicated};
}

/// What is first among the work that the worker can do as it is.
std::optional<Amortised::Head> Amortised::own_head(const View& view, WorkerId id) {
  const Worker& worker = view.worker(id);
  std::optional<Head> best;
  const auto look_at = [&](StateId state) {
    for (const GroupId group : lanes_.groups_of(state)) {
      const Group& its = lanes_.group(group);
      if (its.waiting == 0 || ((its.pools >> worker.pool.value) & 1) == 0) continue;
      const std::optional<Head> head = lanes_.head(view, group, tenants_);
      if (head && (!best || *head < *best)) best = head;
    }
  };
  look_at(StateId::none());
  for (const Held& held : worker.held) look_at(held.state);
  return best;
}

/// A lane whose state nobody holds and has to be loaded now; none() when there is none.
LaneId Amortised::overdue(const View& view, WorkerId worker) {
  auto& unheld = unheld_[view.worker(worker).pool.index()];
  while (!unheld.empty() && unheld.top_key().by <= view.now()) {
    const GroupId id{unheld.top()};
    if (view.state(lanes_.group(id).state).blocked_until > view.now()) {
      update_group(view, id);
      continue;
    }
    return overdue_lane(view, worker);
  }
  return LaneId::none();
}

/// The most urgent one that pins leave room for.
LaneId Amortised::overdue_lane(const View& view, WorkerId worker) {
  const auto& unheld = unheld_[view.worker(worker).pool.index()];
  std::optional<std::pair<Guard, GroupId>> first;
  for (std::size_t i = 0; i < unheld.size() && i < kCandidates; ++i) {
    const std::pair candidate(unheld.key_at(i), GroupId{unheld.member_at(i)});
    if (candidate.first.by > view.now() || (first && *first < candidate)) continue;
    if (!view.could_have(worker, lanes_.group(candidate.second).state)) continue;
    first = candidate;
    if (i == 0) break;
  }
  if (!first) return LaneId::none();
  const auto due = lanes_.due(view, first->second, max_wait_);
  return due ? due->lane : LaneId::none();
}

Amortised::Head Amortised::head_of(const View& view, LaneId id) const {
  const Lane& lane = view.lane(id);
  return {id, lanes_.band(id), view.shares().tag(lane.tenant), lane.head_order, lane.state.valid()};
}

/// A lane of a user who is owed more than affinity may cost, as urgent as what would be served
/// instead.
LaneId Amortised::owed(const View& view, WorkerId worker, const std::optional<Head>& instead) {
  if (!tenants_.several() || !instead) return LaneId::none();
  const PoolId pool = view.worker(worker).pool;
  const std::optional<std::int64_t> smallest = tenants_.smallest_tag(pool);
  if (!smallest || instead->tag <= *smallest + in_nanoseconds(options_.share_budget_s).count()) {
    return LaneId::none();
  }
  const LaneId lane = tenants_.owed_lane(view, pool);
  if (!lane.valid() || lanes_.band(lane) < instead->band) return LaneId::none();
  return view.could_have(worker, view.lane(lane).state) ? lane : LaneId::none();
}

/// Whether useful work has paid for the last load, or others hold what it would give up.
bool Amortised::has_paid(const View& view, WorkerId id, StateId wanted) {
  if (id.index() >= visits_.size()) return true;
  const Visit& visit = visits_[id.index()];
  if (visit.useful_s >= beta(view, visit.load_s) * visit.load_s) return true;
  const auto evicted = view.evictions(id, wanted);
  return evicted &&
         std::ranges::all_of(*evicted, [&](StateId state) { return fleet_.holders(state) > 1; });
}

/// The busier the workers, the more useful work has to pay for a forced load.
double Amortised::beta(const View& view, double load_s) const {
  const double workers = std::max(1u, fleet_.holders(StateId::none()));
  const double use = std::min(kHighestUse, rates_.work_per_second(view.now()) / workers);
  const double wait_s = std::chrono::duration<double>(max_wait_).count();
  const double most = std::max(options_.min_beta, load_s > 0 ? wait_s / load_s : 0.0);
  return std::clamp(2 * use / (1 - use), options_.min_beta, most);
}

Choice Amortised::load_or_wait(const View& view, WorkerId worker) {
  const auto& worth = worth_loading_[view.worker(worker).pool.index()];
  Candidate best;
  for (std::size_t i = 0; i < worth.size() && i < kCandidates; ++i) {
    consider(view, worker, GroupId{worth.member_at(i)}, best);
  }
  if (best.head) {
    const LaneId lane = owed(view, worker, best.head);
    if (lane.valid()) return Serve{lane, 1, Reason::Owed};
    return serve(best);
  }
  if (worth.empty()) return Stay{};
  const auto& unheld = unheld_[view.worker(worker).pool.index()];
  if (!unheld.empty() && unheld.top_key().by > view.now()) {
    best.look_again = std::min(best.look_again, unheld.top_key().by);
  }
  const bool ends = best.look_again != kNever;
  return Stay{ends ? std::optional(best.look_again) : std::nullopt, Reason::Waiting};
}

/// Takes the group for the best if it clears its waiting faster than the best so far and has waited
/// for what leaving costs.
void Amortised::consider(const View& view, WorkerId worker, GroupId id, Candidate& best) {
  estimate(view, lanes_.group(id));
  const Group& group = lanes_.group(id);
  if (!is_worth_loading(view, group)) return;
  const double price = price_of_leaving(view, worker, group);
  const double waited = group.waited_s(view.now());
  const TimePoint must = group.holders == 0 ? guard(view, id).by : kNever;
  if (waited < price && view.now() < must) {
    const TimePoint paid = later(view.now(), (price - waited) / group.waiting);
    best.look_again = std::min({best.look_again, must, paid});
    return;
  }
  if (price == std::numeric_limits<double>::infinity()) return;
  take_if_better(view, id, best);
}

/// Of two that clear their waiting equally fast, the one whose first job came first.
void Amortised::take_if_better(const View& view, GroupId id, Candidate& best) {
  const Group& group = lanes_.group(id);
  const double rate = group.waiting / (group.load.mean_s + group.work_s());
  if (rate < best.rate) return;
  const auto head = lanes_.head(view, id, tenants_);
  if (rate == best.rate && best.head->order < head->order) return;
  best.rate = rate;
  best.unheld = group.holders == 0;
  best.head = head;
}

/// Expected waiting, in job-seconds, of those who come for a state that nobody else holds while the
/// worker loads another, does its work and loads the first one again.
double Amortised::price_of_leaving(const View& view, WorkerId worker, const Group& group) {
  const auto evicted = view.evictions(worker, group.state);
  if (!evicted) return std::numeric_limits<double>::infinity();
  double price = 0;
  for (const StateId state : *evicted) {
    if (fleet_.holders(state) > 1 || !rates_.is_known(state)) continue;
    const double away_s =
        group.load.mean_s + group.work_s() + view.estimates().load(state, PoolId::none()).mean_s;
    price += options_.kappa * 0.5 * rates_.jobs_per_second(state, view.now()) * square(away_s);
  }
  return price;
}

/// When the state must be loaded at the latest.
Amortised::Guard Amortised::guard(const View& view, GroupId id) {
  const auto due = lanes_.due(view, id, max_wait_);
  if (!due) return {};
  const Group& group = lanes_.group(id);
  return {due->by - in_nanoseconds(group.load.q90_s + group.run.q90_s),
          view.lane(due->lane).head_order};
}

/// Nobody holds it, or those who do have so much to do that another copy may pay.
bool Amortised::is_worth_loading(const View& view, const Group& group) const {
  const bool is_pressed = group.work_s() >= options_.theta * group.holders * group.load.mean_s;
  return group.waiting > 0 && (group.holders == 0 || is_pressed) &&
         view.state(group.state).blocked_until <= view.now();
}

/// What was not measured yet is guessed from what others took, which goes on changing.
void Amortised::estimate(const View& view, Group& group) {
  if (group.load.count == 0) group.load = view.estimates().load(group.state, PoolId::none());
  if (group.run.count == 0) {
    group.run = view.estimates().run(QueueId::none(), group.state, PoolId::none());
  }
}

/// The lane's holder with a free slot, or who should load its state.
std::optional<WorkerId> Amortised::place(const View& view, LaneId lane) {
  fleet_.settle(view);
  const GroupId id = lanes_.group_of(lane);
  if (!id.valid()) return std::nullopt;
  const Group& group = lanes_.group(id);
  const std::optional<WorkerId> holder = fleet_.with_room(group.state, group.pools);
  if (!group.needs_state()) {
    if (holder) fleet_.take_turn(view, *holder);
    return holder;
  }
  if (holder && view.worker(*holder).has_free_slot()) {
    fleet_.take_turn(view, *holder);
    return holder;
  }
  if (!group.listed) update_group(view, id);  // perhaps its state is blocked no longer
  if (group.listed) {
    const auto victim = fleet_.victim(view, group.state, group.pools);
    if (victim) return victim;
  }
  return holder;
}

void Amortised::lane_changed(const View& view, LaneId id, LaneChange change) {
  const GroupId group = lanes_.update(view, id, change, max_wait_);
  take_in_new_groups();
  const Lane& lane = view.lane(id);
  if (const std::uint32_t came = lanes_.came(); came > 0) {
    const double run_s = view.estimates().run(lane.queue, lane.state, PoolId::none()).mean_s;
    rates_.arrived(lane.state, came, came * run_s, view.now());
  } else {
    tenants_.touch(lane.tenant);
  }
  if (change == LaneChange::Emptied) {
    tenants_.lane_ended(view, id);
  } else if (change == LaneChange::HeadChanged) {
    tenants_.lane_began(view, id);
  }
  update_group(view, group);
  if (lanes_.rows() > kMaxIdleRows + 2 * view.waiting_lanes().size()) rebuild(view);
}

void Amortised::worker_changed(const View& view, WorkerId id, WorkerChange change) {
  changed_.clear();
  fleet_.update(view, id, change, changed_);
  update_groups(view, changed_);
  if (change == WorkerChange::RoomChanged) return;
  if (id.index() >= visits_.size()) visits_.resize(id.index() + 1);
  Visit& visit = visits_[id.index()];
  const auto& held = view.worker(id).held;
  const StateId newest = held.empty() ? StateId::none() : held.back().state;
  if (change == WorkerChange::Joined || !newest.valid()) visit = {};
  if (newest == visit.newest) return;
  visit = {0, view.estimates().load(newest, view.worker(id).pool).mean_s, newest};
}

void Amortised::measured(const View& view, const Measurement& measurement) {
  const Lane& lane = view.lane(measurement.lane);
  tenants_.touch(lane.tenant);
  fleet_.used(view, measurement.worker);
  if (!lane.state.valid()) return;
  Visit& visit = visits_[measurement.worker.index()];
  visit.useful_s += std::chrono::duration<double>(measurement.run_time).count();
  if (measurement.load_time > Duration::zero()) {
    visit.load_s = std::chrono::duration<double>(measurement.load_time).count();
  }
  for (const GroupId id : lanes_.groups_of(lane.state)) {
    Group& group = lanes_.group(id);
    group.load = view.estimates().load(lane.state, PoolId::none());
    group.run = view.estimates().run(lane.queue, lane.state, PoolId::none());
    if (group.waiting > 0) update_group(view, id);
  }
}

void Amortised::update_groups(const View& view, const std::vector<StateId>& states) {
  for (const StateId state : states) {
    for (const GroupId id : lanes_.groups_of(state)) {
      Group& group = lanes_.group(id);
      group.holders = fleet_.holders(state, group.pools);
      update_group(view, id);
    }
  }
}

void Amortised::take_in_new_groups() {
  while (const auto id = lanes_.take_new_group()) {
    Group& group = lanes_.group(*id);
    group.holders = fleet_.holders(group.state, group.pools);
  }
}

/// Keeps the lists of groups that are worth a load.
void Amortised::update_group(const View& view, GroupId id) {
  Group& group = lanes_.group(id);
  if (!group.needs_state()) return;
  count_load(view, group);
  estimate(view, group);
  if (is_worth_loading(view, group)) {
    list(view, id, group.holders == 0);
  } else if (group.listed) {
    unlist(id);
  }
}

void Amortised::list(const View& view, GroupId id, bool unheld) {
  Group& group = lanes_.group(id);
  group.listed = true;
  const double rate = group.waiting / (group.load.mean_s + group.work_s());
  const Guard must = unheld ? guard(view, id) : Guard{};
  if (!unheld) lanes_.forget_due(id);
  for (std::uint64_t pools = group.pools; pools != 0; pools &= pools - 1) {
    const auto pool = static_cast<std::size_t>(std::countr_zero(pools));
    worth_loading_[pool].set(id.value, -rate);
    if (unheld) {
      unheld_[pool].set(id.value, must);
    } else {
      unheld_[pool].erase(id.value);
    }
  }
}

void Amortised::unlist(GroupId id) {
  Group& group = lanes_.group(id);
  group.listed = false;
  lanes_.forget_due(id);
  for (std::uint64_t pools = group.pools; pools != 0; pools &= pools - 1) {
    const auto pool = static_cast<std::size_t>(std::countr_zero(pools));
    worth_loading_[pool].erase(id.value);
    unheld_[pool].erase(id.value);
  }
}

/// How long a job may wait follows from how long loading everything that is waited for takes,
/// unless it is given. It changes in steps, so that the guards of all groups seldom have to be set
/// anew.
void Amortised::count_load(const View& view, Group& group) {
  if (options_.max_wait_s > 0 || group.counted == (group.waiting > 0)) return;
  group.counted = !group.counted;
  load_sum_s_ += group.counted ? group.load.mean_s : -group.load.mean_s;
  const double workers = std::max(1u, fleet_.holders(StateId::none()));
  const Duration needed = in_nanoseconds(2 * std::max(0.0, load_sum_s_) / workers);
  if (needed <= max_wait_ && (needed > max_wait_ / 4 || max_wait_ == kShortestWait)) return;
  max_wait_ = kShortestWait;
  while (max_wait_ < needed) max_wait_ *= 2;
  for (std::uint32_t i = 0; i < lanes_.groups(); ++i) {
    if (!lanes_.group(GroupId{i}).listed) continue;
    unlist(GroupId{i});
    update_group(view, GroupId{i});
  }
}

void Amortised::rebuild(const View& view) {
  lanes_.clear();
  tenants_.clear();
  for (auto& groups : unheld_) groups.clear();
  for (auto& groups : worth_loading_) groups.clear();
  fleet_.rebuild(view);
  visits_.resize(view.workers().size());
  load_sum_s_ = 0;
  for (const LaneId lane : view.waiting_lanes()) {
    lanes_.update(view, lane, LaneChange::HeadChanged, max_wait_);
    tenants_.lane_began(view, lane);
  }
  take_in_new_groups();
  for (std::uint32_t i = 0; i < lanes_.groups(); ++i) update_group(view, GroupId{i});
}

}  // namespace steelyard::strategy
