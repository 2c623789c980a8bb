#include "steelyard/strategy/amortised/fleet_index.hpp"

#include <algorithm>
#include <bit>

#include "steelyard/base/assert.hpp"

namespace steelyard::strategy {
namespace {

constexpr std::size_t kVictimsLookedAt = 8;

std::size_t place_of(StateId state) {
  return state.valid() ? state.index() + 1 : 0;
}

bool is_in(std::uint64_t pools, PoolId pool) {
  return ((pools >> pool.value) & 1) != 0;
}

}  // namespace

auto FleetIndex::moved(StateId state) {
  return [this, state](std::uint32_t worker, std::uint32_t place) {
    auto& memberships = seats_[worker].memberships;
    std::ranges::find(memberships, state, &Membership::state)->place = place;
  };
}

void FleetIndex::update(const View& view, WorkerId worker, WorkerChange change,
                        std::vector<StateId>& changed) {
  if (worker.index() >= seats_.size()) seats_.resize(worker.index() + 1);
  if (change == WorkerChange::RoomChanged && view.worker(worker).accepting) {
    const bool is_settled = !seats_[worker.index()].is_listed && !view.worker(worker).has_room();
    if (unsettled_ == worker) {
      if (is_settled) unsettled_ = WorkerId::none();
      return;
    }
    if (is_settled) return;
    settle(view);
    unsettled_ = worker;
    return;
  }
  if (unsettled_ == worker) unsettled_ = WorkerId::none();
  if (change == WorkerChange::Joined) {
    // A new pool has had everything rebuilt, this worker included.
    seats_[worker.index()].turn = 0;
    seats_[worker.index()].last_used = {};
  }
  index(view, worker, changed);
}

void FleetIndex::settle(const View& view) {
  if (!unsettled_.valid()) return;
  index_room(view, std::exchange(unsettled_, WorkerId::none()));
}

void FleetIndex::used(const View& view, WorkerId worker) {
  if (worker.index() < seats_.size()) seats_[worker.index()].last_used = view.now();
}

void FleetIndex::take_turn(const View& view, WorkerId worker) {
  seats_[worker.index()].turn = ++turn_;
  if (unsettled_ != worker) settle(view);
  unsettled_ = worker;
}

std::uint32_t FleetIndex::stand_for(StateId state, PoolId pool) {
  if (place_of(state) >= stands_by_state_.size()) stands_by_state_.resize(place_of(state) + 1);
  std::vector<std::uint32_t>& stands = stands_by_state_[place_of(state)];
  for (const std::uint32_t stand : stands) {
    if (stands_[stand].pool == pool) return stand;
  }
  stands.push_back(static_cast<std::uint32_t>(stands_.size()));
  stands_.emplace_back().pool = pool;
  return stands.back();
}

const std::vector<std::uint32_t>& FleetIndex::stands_of(StateId state) const {
  static const std::vector<std::uint32_t> kNone;
  return place_of(state) < stands_by_state_.size() ? stands_by_state_[place_of(state)] : kNone;
}

void FleetIndex::leave_stand(Membership& membership) {
  Stand& stand = stands_[membership.stand];
  if (membership.place != kAbsent) stand.roomy.erase(membership.place, moved(membership.state));
  --stand.holders;
}

/// Brings everything that is kept about the worker up to date.
void FleetIndex::index(const View& view, WorkerId id, std::vector<StateId>& changed) {
  Seat& seat = seats_[id.index()];
  const Worker& worker = view.worker(id);
  const auto is_gone = [&](Membership& membership) {
    const bool stays =
        worker.accepting && (!membership.state.valid() || worker.holds(membership.state));
    if (stays) return false;
    leave_stand(membership);
    if (membership.state.valid()) changed.push_back(membership.state);
    return true;
  };
  for (std::size_t i = 0; i < seat.memberships.size();) {
    if (is_gone(seat.memberships[i])) {
      seat.memberships.erase(seat.memberships.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  if (worker.accepting) join_stands(view, id, changed);
  index_room(view, id);
  // A second holder comes or the second last one goes: the others are missed less, or more.
  for (const StateId state : changed) {
    if (holders(state) <= 2) rerank_holders(view, state);
  }
}

/// As `index`, when it holds what it held.
void FleetIndex::index_room(const View& view, WorkerId id) {
  Seat& seat = seats_[id.index()];
  const Worker& worker = view.worker(id);
  const bool has_room = worker.has_room();
  if (!has_room && !seat.is_listed) return;
  seat.is_listed = has_room;
  const Load load = load_of(worker, seat.turn);
  for (Membership& membership : seat.memberships) {
    base::PlacedHeap<Load>& roomy = stands_[membership.stand].roomy;
    if (!has_room) {
      if (membership.place != kAbsent) roomy.erase(membership.place, moved(membership.state));
    } else if (membership.place == kAbsent) {
      roomy.insert(id.value, load, moved(membership.state));
    } else {
      roomy.update(membership.place, load, moved(membership.state));
    }
  }
  index_victim(view, id);
}

void FleetIndex::join_stands(const View& view, WorkerId id, std::vector<StateId>& changed) {
  Seat& seat = seats_[id.index()];
  const Worker& worker = view.worker(id);
  const auto join = [&](StateId state) {
    const bool is_there =
        std::ranges::find(seat.memberships, state, &Membership::state) != seat.memberships.end();
    if (is_there) return;
    const std::uint32_t stand = stand_for(state, worker.pool);
    ++stands_[stand].holders;
    seat.memberships.push_back({state, stand, kAbsent});
    if (state.valid()) changed.push_back(state);
  };
  join(StateId::none());
  for (const Held& held : worker.held) join(held.state);
}

void FleetIndex::rerank_holders(const View& view, StateId state) {
  for (const std::uint32_t stand : stands_of(state)) {
    const auto& roomy = stands_[stand].roomy;
    for (std::size_t i = 0; i < roomy.size() && i < 2; ++i) {
      index_victim(view, WorkerId{roomy.member_at(i)});
    }
  }
}

void FleetIndex::index_victim(const View& view, WorkerId id) {
  const Worker& worker = view.worker(id);
  if (!worker.pool.valid()) return;
  auto& victims = victims_[worker.pool.index()];
  if (!worker.has_free_slot()) return victims.erase(id.value);
  const bool has_place = worker.held.size() < worker.max_states && worker.state_memory_bytes == 0;
  const auto is_redundant = [this](const Held& held) { return holders(held.state) > 1; };
  const bool redundant = std::ranges::any_of(worker.held, is_redundant);
  const std::uint8_t rank = has_place || worker.held.empty() ? 0 : redundant ? 1 : 2;
  const std::uint8_t busy = worker.assigned + worker.occupied > 0 ? 3 : 0;
  victims.set(id.value, {static_cast<std::uint8_t>(rank + busy), seats_[id.index()].last_used});
}

std::uint32_t FleetIndex::holders(StateId state, std::uint64_t pools) const {
  std::uint32_t sum = 0;
  for (const std::uint32_t stand : stands_of(state)) {
    if (is_in(pools, stands_[stand].pool)) sum += stands_[stand].holders;
  }
  return sum;
}

std::uint32_t FleetIndex::holders(StateId state) const {
  return holders(state, ~std::uint64_t{0});
}

std::optional<WorkerId> FleetIndex::with_room(StateId state, std::uint64_t pools) const {
  std::optional<std::pair<Load, WorkerId>> best;
  for (const std::uint32_t number : stands_of(state)) {
    const Stand& stand = stands_[number];
    if (!is_in(pools, stand.pool) || stand.roomy.empty()) continue;
    const std::pair candidate(stand.roomy.top_key(), WorkerId{stand.roomy.top()});
    if (!best || candidate < *best) best = candidate;
  }
  return best ? std::optional(best->second) : std::nullopt;
}

std::optional<WorkerId> FleetIndex::victim(const View& view, StateId state,
                                           std::uint64_t pools) const {
  std::optional<WorkerId> best;
  Reluctance least;
  for (; pools != 0; pools &= pools - 1) {
    const auto& victims = victims_[static_cast<std::size_t>(std::countr_zero(pools))];
    for (std::size_t i = 0; i < victims.size() && i < kVictimsLookedAt; ++i) {
      const WorkerId id{victims.member_at(i)};
      const Reluctance& reluctance = victims.key_at(i);
      const bool is_better = !best || reluctance < least || (reluctance == least && id < *best);
      if (!is_better || !view.can_have(id, state)) continue;
      best = id;
      least = reluctance;
    }
  }
  return best;
}

void FleetIndex::rebuild(const View& view) {
  unsettled_ = WorkerId::none();
  stands_.clear();
  stands_by_state_.clear();
  for (auto& victims : victims_) victims.clear();
  seats_.resize(view.workers().size());
  for (Seat& seat : seats_) seat.memberships.clear();
  std::vector<StateId> changed;
  for (std::uint32_t i = 0; i < seats_.size(); ++i) {
    seats_[i].is_listed = false;
    changed.clear();
    index(view, WorkerId{i}, changed);
  }
}

}  // namespace steelyard::strategy
