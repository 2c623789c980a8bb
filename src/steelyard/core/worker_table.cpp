#include "steelyard/core/worker_table.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::core {

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
  worker.joined = worker.accepting = true;
  records_[place] = {};
  records_[place].principal = event.principal;
  records_[place].last_heard = now;
  ++joined_count_;
  count_free_slot(event.worker);
  return {};
}

void WorkerTable::leave(WorkerId id) {
  strategy::Worker& worker = info(id);
  STEELYARD_ASSERT(worker.joined && record(id).leases.first == kNoJob &&
                   record(id).kept.first == kNoJob);
  set_state(id, StateId::none());
  worker.accepting = false;
  count_free_slot(id);
  Pool& pool = pools_[worker.pool.index()];
  if (--pool.workers == 0) pools_changed_ = true;
  worker = {};
  --joined_count_;
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

void WorkerTable::set_state(WorkerId id, StateId state) {
  StateId& held = info(id).state;
  if (held.valid()) --holders_[held.index()];
  if (state.valid()) {
    if (state.index() >= holders_.size()) holders_.resize(state.index() + 1, 0);
    ++holders_[state.index()];
  }
  held = state;
}

std::uint64_t WorkerTable::pools_for(const LaneKey& key) const {
  std::uint64_t mask = 0;
  for (std::size_t p = 0; p < pools_.size(); ++p) {
    const Pool& pool = pools_[p];
    if (pool.workers > 0 && key.priority >= pool.priority_min &&
        key.priority <= pool.priority_max && std::ranges::binary_search(pool.queues, key.queue)) {
      mask |= std::uint64_t{1} << p;
    }
  }
  return mask;
}

bool WorkerTable::take_pools_changed() {
  return std::exchange(pools_changed_, false);
}

std::span<const QueueId> WorkerTable::queues(WorkerId id) const {
  return pools_[info(id).pool.index()].queues;
}

std::pair<std::int32_t, std::int32_t> WorkerTable::priority_window(WorkerId id) const {
  const Pool& pool = pools_[info(id).pool.index()];
  return {pool.priority_min, pool.priority_max};
}

PoolId WorkerTable::enter_pool(const WorkerProfile& profile) {
  Pool wanted{{profile.queues.begin(), profile.queues.end()},
              profile.priority_min,
              profile.priority_max,
              1,
              0};
  std::ranges::sort(wanted.queues);
  wanted.queues.erase(std::unique(wanted.queues.begin(), wanted.queues.end()), wanted.queues.end());
  std::size_t place = pools_.size();
  for (std::size_t p = 0; p < pools_.size(); ++p) {
    Pool& pool = pools_[p];
    if (pool.workers == 0) {
      place = std::min(place, p);
    } else if (pool.queues == wanted.queues && pool.priority_min == wanted.priority_min &&
               pool.priority_max == wanted.priority_max) {
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
