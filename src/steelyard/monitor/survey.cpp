#include "steelyard/monitor/survey.hpp"

#include <algorithm>
#include <limits>

#include "steelyard/core/worker_table.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

/// One is late now and then.
constexpr Duration kSilence = 2 * std::chrono::seconds(1);
constexpr std::uint32_t kJobCost = 16;
constexpr std::uint32_t kQueueCost = 16;
constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Survey Survey::of(const Sources& sources) {
  Survey survey;
  while (!survey.is_complete()) survey.advance(sources, kAll);
  return survey;
}

void Survey::next(Stage stage) {
  stage_ = stage;
  place_ = 0;
}

std::uint32_t Survey::advance(const Sources& sources, std::uint32_t budget) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  while (budget > 0 && stage_ != Stage::Complete) {
    std::uint32_t cost = 1;
    switch (stage_) {
      case Stage::Names: {
        // Grown step by step: there may be a million.
        queues_.reserve(sources.queues.size());
        const std::size_t missing = sources.queues.size() - queues_.size();
        const std::size_t some = std::min<std::size_t>(missing, budget / kQueueCost + 1);
        for (std::size_t i = 0; i < some; ++i) add_queue(sources);
        cost = static_cast<std::uint32_t>(some) * kQueueCost;
        if (some == missing) next(Stage::Pools);
        break;
      }
      case Stage::Pools:
        look_at_pools(sources);
        next(Stage::Lanes);
        break;
      case Stage::Lanes:
        if (place_ == sources.scheduler.lanes().size()) {
          next(Stage::Workers);
        } else {
          look_at_lane(sources, LaneId{place_++});
        }
        break;
      case Stage::Workers:
        if (place_ == workers.infos().size()) {
          next(Stage::Complete);
        } else {
          cost = look_at_worker(sources, WorkerId{place_++});
        }
        break;
      case Stage::Complete:
        break;
    }
    budget -= std::min(budget, std::max(cost, 1U));
  }
  return budget;
}

void Survey::add_queue(const Sources& sources) {
  const std::vector<core::TimeSpread>& spreads = sources.scheduler.book().spread_by_queue();
  if (queues_.size() < spreads.size()) spread_.add(spreads[queues_.size()]);
  queues_.emplace_back();
}

/// Workers of a pool are alike in all that counts here.
void Survey::look_at_pools(const Sources& sources) {
  for (const core::WorkerTable::PoolInfo& pool : sources.scheduler.workers().pools()) {
    for (const QueueId id : pool.queues) {
      if (pool.workers == 0 || id.index() >= queues_.size()) continue;
      queues_[id.index()].workers += pool.workers;
      queues_[id.index()].slots += pool.slots;
    }
  }
}

void Survey::look_at_lane(const Sources& sources, LaneId id) {
  const strategy::Lane& lane = sources.scheduler.lanes().info(id);
  if (lane.waiting == 0 || lane.queue.index() >= queues_.size()) return;
  QueueNow& queue = queues_[lane.queue.index()];
  queue.waiting += lane.waiting;
  if (lane.pools == 0 && queue.workers > 0) queue.outside_windows += lane.waiting;
  if (!queue.oldest || lane.head_arrival < *queue.oldest) queue.oldest = lane.head_arrival;
}

std::uint32_t Survey::look_at_worker(const Sources& sources, WorkerId id) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  if (!workers.joined(id)) return 1;
  const core::WorkerRecord& record = workers.record(id);
  if (sources.now - record.last_heard > kSilence) {
    ++silent_workers_;
    if (!most_silent_.valid() || !workers.joined(most_silent_) ||
        record.last_heard < workers.record(most_silent_).last_heard) {
      most_silent_ = id;
    }
  }
  std::uint32_t cost = 1;
  const core::JobTable& jobs = sources.scheduler.jobs();
  for (std::uint32_t slot = record.leases.first; slot != core::kNoJob; slot = jobs[slot].next) {
    slow_jobs_ += is_slow(sources, jobs[slot]) ? 1 : 0;
    cost += kJobCost;
  }
  return cost;
}

}  // namespace steelyard::monitor
