#include "steelyard/core/start_estimate.hpp"

#include <algorithm>
#include <chrono>

#include "steelyard/core/scheduler.hpp"

namespace steelyard::core {
namespace {

// A state nobody holds is loaded at the latest when its first job has waited for so long;
// strategies differ in it, and this is the default of the one that states are for.
constexpr double kUsualPatience_s = 60;
constexpr double kLongest_s = 1e7;

Duration in_nanoseconds(double seconds) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, kLongest_s)));
}

}  // namespace

StartEstimate start_estimate(const Scheduler& scheduler, LaneId lane_id, std::uint64_t ahead) {
  const strategy::Lane& lane = scheduler.lanes().info(lane_id);
  StartEstimate estimate;
  const std::uint32_t slots = scheduler.workers().slots_in(lane.pools);
  if (slots == 0) {
    estimate.never = true;
    return estimate;
  }
  const auto& run = scheduler.estimates().run(lane.queue, lane.state, PoolId::none());
  const auto& load = scheduler.estimates().load(lane.state, PoolId::none());
  const bool is_free = (lane.pools & scheduler.workers().pools_with_free_slot()) != 0;
  const std::uint32_t holders =
      lane.state.valid() ? std::min(slots, scheduler.view().holders(lane.state)) : slots;
  const double jobs = static_cast<double>(ahead);
  const bool begins_now = is_free && ahead == 0 && holders > 0;
  const double load_s = holders == 0 ? load.mean_s : 0;
  const double patience_s = holders == 0 && !is_free ? kUsualPatience_s : 0;
  const double rest_s = begins_now ? 0 : run.mean_s;  // of the jobs that run now
  estimate.soonest = in_nanoseconds(jobs * run.mean_s / slots * 0.5);
  estimate.expected = in_nanoseconds(patience_s / 2 + load_s + rest_s / 2 +
                                     jobs * run.mean_s / std::max(1u, holders));
  estimate.latest = in_nanoseconds(patience_s + 2 * load.q90_s * (lane.state.valid() ? 1 : 0) +
                                   run.q90_s + jobs * run.q90_s / std::max(1u, holders));
  return estimate;
}

}  // namespace steelyard::core
