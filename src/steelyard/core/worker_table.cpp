#include "steelyard/core/worker_table.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::core {
namespace {

template <class IdType>
std::vector<IdType> sorted(std::span<const IdType> ids) {
  std::vector<IdType> all(ids.begin(), ids.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

Result<void> WorkerTable::join(const WorkerJoined& event, TimePoint now,
                               std::uint32_t max_workers) {
  if (joined_count_ >= max_workers) return failure(ErrorCode::TooManyWorkers);
  const PoolId pool = enter_pool(event.profile);
  if (!pool.valid()) return failure(ErrorCode::TooManyPools);
  const std::size_t place = event.worker.index();
  if (place >= infos_.size()) {
    infos_.resize(place + 1);
    records_.resize(place + 1);
  }
  strategy::Worker& worker = infos_[place];
  STEELYARD_ASSERT(!worker.joined);
  worker = {};
  worker.pool = pool;
  worker.slots = event.profile.slots;
  worker.weight = event.profile.weight;
  worker.max_states = event.profile.max_states;
  worker.state_memory_bytes = event.profile.state_memory_bytes;
  worker.joined = worker.accepting = true;
  records_[place] = {};
  records_[place].principal = event.principal;
  records_[place].joined_at = records_[place].last_heard = now;
  ++joined_count_;
  pools_[pool.index()].slots += worker.slots;
  count_free_slot(event.worker);
  return {};
}

void WorkerTable::leave(WorkerId id) {
  strategy::Worker& worker = info(id);
  STEELYARD_ASSERT(worker.joined && record(id).leases.first == kNoJob &&
                   record(id).kept.first == kNoJob);
  while (!worker.held.empty()) drop(id, worker.held.back().state);
  worker.accepting = false;
  count_free_slot(id);
  Pool& pool = pools_[worker.pool.index()];
  pool.slots -= worker.slots;
  if (--pool.workers == 0) pools_changed_ = true;
  record(id).awaits = LaneId::none();
  record(id).preloads.clear();
  record(id).overdue.clear();
  worker = {};
  --joined_count_;
}

std::uint32_t WorkerTable::slots_in(std::uint64_t pools) const {
  std::uint32_t sum = 0;
  for (std::size_t p = 0; p < pools_.size(); ++p) {
    if (((pools >> p) & 1) != 0) sum += pools_[p].slots;
  }
  return sum;
}

void WorkerTable::count_free_slot(WorkerId id) {
  bool& counted = record(id).has_free_slot;
  if (counted == info(id).has_free_slot()) return;
  counted = !counted;
  Pool& pool = pools_[info(id).pool.index()];
  counted ? ++pool.with_free_slot : --pool.with_free_slot;
  const std::uint64_t bit = std::uint64_t{1} << info(id).pool.value;
  pools_with_free_slot_ =
      pool.with_free_slot > 0 ? pools_with_free_slot_ | bit : pools_with_free_slot_ & ~bit;
}

strategy::State& WorkerTable::state(StateId id) {
  if (id.index() >= states_.size()) states_.resize(id.index() + 1);
  return states_[id.index()];
}

strategy::Held& WorkerTable::hold(WorkerId id, StateId state_id) {
  STEELYARD_ASSERT(!info(id).holds(state_id));
  ++state(state_id).holders;
  return info(id).held.emplace_back(strategy::Held{state_id});
}

bool WorkerTable::drop(WorkerId id, StateId state_id) {
  strategy::Held* const one = held(id, state_id);
  if (one == nullptr) return false;
  --state(state_id).holders;
  auto& all = info(id).held;
  all.erase(all.begin() + (one - all.data()));
  return true;
}

strategy::Held* WorkerTable::held(WorkerId id, StateId state_id) {
  auto& all = info(id).held;
  const auto found = std::ranges::find(all, state_id, &strategy::Held::state);
  return found == all.end() ? nullptr : &*found;
}

bool WorkerTable::Pool::has(const Needs& needs) const {
  const bool has_room = state_memory_bytes == 0 || needs.state_bytes <= state_memory_bytes;
  return workers > 0 && has_room && needs.priority >= priority_min &&
         needs.priority <= priority_max && std::ranges::binary_search(queues, needs.queue) &&
         std::ranges::includes(tags, needs.tags);
}

bool WorkerTable::Pool::is_like(const Pool& other) const {
  return queues == other.queues && tags == other.tags && priority_min == other.priority_min &&
         priority_max == other.priority_max && state_memory_bytes == other.state_memory_bytes;
}

std::uint64_t WorkerTable::pools_for(const Needs& needs) const {
  std::uint64_t mask = 0;
  for (std::size_t p = 0; p < pools_.size(); ++p) {
    if (pools_[p].has(needs)) mask |= std::uint64_t{1} << p;
  }
  return mask;
}

std::uint64_t WorkerTable::largest_memory_for(const Needs& needs) const {
  Needs without_room = needs;
  without_room.state_bytes = 0;
  std::uint64_t largest = 0;
  for (const Pool& pool : pools_) {
    if (!pool.has(without_room)) continue;
    if (pool.state_memory_bytes == 0) return 0;
    largest = std::max(largest, pool.state_memory_bytes);
  }
  return largest;
}

bool WorkerTable::take_pools_changed() {
  return std::exchange(pools_changed_, false);
}

std::span<const QueueId> WorkerTable::queues(WorkerId id) const {
  return pools_[info(id).pool.index()].queues;
}

std::span<const TagId> WorkerTable::tags(WorkerId id) const {
  return pools_[info(id).pool.index()].tags;
}

std::pair<std::int32_t, std::int32_t> WorkerTable::priority_window(WorkerId id) const {
  const Pool& pool = pools_[info(id).pool.index()];
  return {pool.priority_min, pool.priority_max};
}

bool WorkerTable::serves(QueueId queue) const {
  return std::ranges::any_of(pools_, [queue](const Pool& pool) {
    return pool.workers > 0 && std::ranges::binary_search(pool.queues, queue);
  });
}

std::vector<WorkerTable::PoolInfo> WorkerTable::pools() const {
  std::vector<PoolInfo> infos;
  for (const Pool& pool : pools_) {
    infos.push_back(
        {pool.queues, {pool.priority_min, pool.priority_max}, pool.workers, pool.slots});
  }
  return infos;
}

PoolId WorkerTable::enter_pool(const WorkerProfile& profile) {
  Pool wanted;
  wanted.queues = sorted(profile.queues);
  wanted.tags = sorted(profile.tags);
  wanted.priority_min = profile.priority_min;
  wanted.priority_max = profile.priority_max;
  wanted.state_memory_bytes = profile.state_memory_bytes;
  wanted.workers = 1;
  std::size_t place = pools_.size();
  for (std::size_t p = 0; p < pools_.size(); ++p) {
    Pool& pool = pools_[p];
    if (pool.workers == 0) {
      place = std::min(place, p);
    } else if (pool.is_like(wanted)) {
      ++pool.workers;
      return PoolId{static_cast<std::uint32_t>(p)};
    }
  }
  if (place == kMaxPools) return PoolId::none();
  if (place == pools_.size()) pools_.emplace_back();
  pools_[place] = std::move(wanted);
  pools_changed_ = true;
  return PoolId{static_cast<std::uint32_t>(place)};
}

}  // namespace steelyard::core
