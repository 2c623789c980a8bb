#include "steelyard/strategy/round_robin.hpp"

namespace steelyard::strategy {

std::optional<WorkerId> RoundRobin::place(const View& view, LaneId lane) {
  const auto workers = view.workers();
  const auto count = static_cast<std::uint32_t>(workers.size());
  for (std::uint32_t step = 0; step < count; ++step) {
    const WorkerId id{(next_ + step) % count};
    if (!workers[id.index()].has_room() || !view.allowed(id, lane)) continue;
    next_ = (id.value + 1) % count;
    return id;
  }
  return std::nullopt;
}

}  // namespace steelyard::strategy
