#include "steelyard/strategy/round_robin.hpp"

namespace steelyard::strategy {

std::optional<WorkerId> RoundRobin::place(const View& view, LaneId lane) {
  const auto workers = view.workers();
  const auto count = static_cast<std::uint32_t>(workers.size());
  std::optional<WorkerId> chosen;
  for (std::uint32_t step = 0; step < count; ++step) {
    const WorkerId id{(next_ + step) % count};
    const Worker& worker = workers[id.index()];
    if (!worker.has_room() || !view.allowed(id, lane)) continue;
    if (!chosen || worker.has_free_slot()) chosen = id;
    if (worker.has_free_slot()) break;
  }
  if (chosen) next_ = (chosen->value + 1) % count;
  return chosen;
}

}  // namespace steelyard::strategy
