#include <chrono>

#include "steelyard/monitor/explain/waiting.hpp"
#include "steelyard/strategy/arrival_value.hpp"

/// How many jobs are before one.
namespace steelyard::monitor {
namespace {

/// The broker does nothing else meanwhile: some 100 us.
constexpr std::uint64_t kMaxJobsPassed = 10'000;

strategy::ArrivalValue value_of(const strategy::Lane& lane, const core::Job& job) {
  const Duration age = std::chrono::seconds(lane.priority);
  return {(job.arrival.time_since_epoch() - age).count(), job.order};
}

/// Counts from the job to both ends of its lane at once, until it is at one of them.
Ahead in_its_lane(const core::JobTable& jobs, const core::Job& job, std::uint64_t waiting) {
  std::uint32_t before = job.previous;
  std::uint32_t behind = job.next;
  for (std::uint64_t passed = 0; passed < kMaxJobsPassed; ++passed) {
    if (before == core::kNoJob) return {passed, passed, false};
    if (behind == core::kNoJob) return {waiting - passed - 1, waiting - passed - 1, false};
    before = jobs[before].previous;
    behind = jobs[behind].next;
  }
  return {kMaxJobsPassed, kMaxJobsPassed, true};
}

bool compete(const strategy::Lane& one, const strategy::Lane& other) {
  return one.state == other.state && (one.state.valid() || one.queue == other.queue);
}

}  // namespace

Ahead jobs_ahead(const Sources& sources, const core::Job& job) {
  const core::LaneTable& lanes = sources.scheduler.lanes();
  const core::JobTable& jobs = sources.scheduler.jobs();
  const strategy::Lane& own = lanes.info(job.lane);
  const strategy::ArrivalValue value = value_of(own, job);
  Ahead ahead = in_its_lane(jobs, job, own.waiting);
  std::uint64_t passed = 0;
  for (const LaneId id : lanes.waiting()) {
    const strategy::Lane& lane = lanes.info(id);
    if (id == job.lane || !compete(own, lane)) continue;
    std::uint32_t slot = lanes.head(id);
    while (slot != core::kNoJob && value_of(lane, jobs[slot]) < value) {
      if (++passed > kMaxJobsPassed) {
        ahead.at_least = true;
        return ahead;
      }
      ++ahead.in_all;
      slot = jobs[slot].next;
    }
  }
  return ahead;
}

}  // namespace steelyard::monitor
