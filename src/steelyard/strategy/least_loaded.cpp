#include "steelyard/strategy/least_loaded.hpp"

#include <bit>

namespace steelyard::strategy {

std::optional<WorkerId> LeastLoaded::place(const View& view, LaneId lane) {
  std::optional<WorkerId> best;
  Load least;
  for (std::uint64_t pools = view.lane(lane).pools; pools != 0; pools &= pools - 1) {
    const auto& workers = workers_by_pool_[static_cast<std::size_t>(std::countr_zero(pools))];
    if (workers.empty() || (best && !(workers.top_key() < least))) continue;
    best = WorkerId{workers.top()};
    least = workers.top_key();
  }
  if (!best) return std::nullopt;
  turns_[best->index()] = ++turn_;
  index(view, *best);
  return best;
}

void LeastLoaded::worker_changed(const View& view, WorkerId worker, WorkerChange change) {
  if (turns_.size() <= worker.index()) turns_.resize(worker.index() + 1, 0);
  if (change == WorkerChange::Joined) turns_[worker.index()] = 0;
  if (change == WorkerChange::Left) {
    for (auto& workers : workers_by_pool_) workers.erase(worker.value);
  } else {
    index(view, worker);
  }
}

void LeastLoaded::rebuild(const View& view) {
  Oldest::rebuild(view);
  for (auto& workers : workers_by_pool_) workers.clear();
  turns_.resize(view.workers().size(), 0);
  for (std::uint32_t i = 0; i < view.workers().size(); ++i) index(view, WorkerId{i});
}

void LeastLoaded::index(const View& view, WorkerId id) {
  const Worker& worker = view.worker(id);
  if (!worker.pool.valid()) return;
  auto& workers = workers_by_pool_[worker.pool.index()];
  if (worker.has_room()) {
    workers.set(id.value, load_of(worker, turns_[id.index()]));
  } else {
    workers.erase(id.value);
  }
}

}  // namespace steelyard::strategy
