#include "steelyard/monitor/explain/waiting.hpp"

#include <set>

#include "steelyard/core/start_estimate.hpp"
#include "steelyard/monitor/explain/decisions.hpp"
#include "steelyard/monitor/sections.hpp"

/// Why a queued job has not begun.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

json::object ahead_of(const Sources& sources, const Ahead& ahead, const strategy::Lane& lane) {
  return {{"of_its_kind", ahead.of_its_kind},
          {"its_kind_waiting", lane.waiting},
          {"in_all", ahead.in_all},
          {"counted_for", lane.state.valid() ? "state" : "queue"},
          {"at_least", ahead.at_least},
          {"queue_waiting", sources.scheduler.book().queued(lane.queue)}};
}

json::object workers_for(const Sources& sources, LaneId lane) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  std::uint64_t may_run = 0;
  std::uint64_t slots = 0;
  std::uint64_t free_slots = 0;
  for (std::uint32_t i = 0; i < workers.infos().size(); ++i) {
    const strategy::Worker& worker = workers.info(WorkerId{i});
    if (!worker.joined || !worker.accepting || !sources.scheduler.view().allowed(WorkerId{i}, lane))
      continue;
    const std::uint32_t taken = std::min(worker.assigned + worker.occupied, worker.slots);
    ++may_run;
    slots += worker.slots;
    free_slots += worker.held_up ? 0 : worker.slots - taken;
  }
  return {{"may_run_it", may_run}, {"slots", slots}, {"free_slots", free_slots}};
}

/// What a user has had of the workers' time beside what its weight says. Users who have had nothing
/// and ask for nothing count for nothing.
json::object share_of(const Sources& sources, TenantId user) {
  const strategy::Shares& shares = sources.scheduler.shares();
  Duration used_by_all{};
  double weight_of_all = 0;
  const auto add = [&](TenantId one) {
    const Duration used = shares.used(one);
    if (used <= Duration::zero() && shares.waiting(one) == 0 && shares.running(one) == 0) return;
    used_by_all += std::max(used, Duration::zero());
    weight_of_all += shares.weight(one);
  };
  add(TenantId::none());
  for (std::uint32_t i = 0; i < sources.users.size(); ++i) add(TenantId{i});
  const Duration used = std::max(shares.used(user), Duration::zero());
  const double used_share =
      used_by_all > Duration::zero() ? seconds(used) / std::max(seconds(used_by_all), 1e-6) : 0.0;
  return {{"weight", shares.weight(user)},
          {"used_s", seconds(used)},
          {"used_by_all_s", seconds(used_by_all)},
          {"used_share", used_share},
          {"due_share", shares.weight(user) / weight_of_all},
          {"waiting", shares.waiting(user)},
          {"running", shares.running(user)}};
}

/// The latest decision of a worker that may run the job to take nothing for now, if it stands.
json::value waits_for(const Sources& sources, LaneId lane) {
  const core::Scheduler& scheduler = sources.scheduler;
  std::set<WorkerId> seen;
  json::value found = nullptr;
  scheduler.decision_log().each_latest_first([&](const core::Decision& decision) {
    const WorkerId id = decision.worker;
    if (!scheduler.workers().joined(id) || !seen.insert(id).second) return true;
    const bool stands = decision.sequence == 0 && decision.until > sources.now &&
                        scheduler.workers().record(id).joined_at <= decision.at &&
                        scheduler.workers().info(id).has_free_slot() &&
                        scheduler.view().allowed(id, lane);
    if (stands) found = decision_row(sources, decision);
    return !stands && seen.size() < scheduler.workers().joined_count();
  });
  return found;
}

/// A worker that takes nothing else until running jobs let go of a state, to begin this lane.
json::value is_awaited_by(const Sources& sources, LaneId lane) {
  const core::WorkerTable& workers = sources.scheduler.workers();
  for (std::uint32_t i = 0; i < workers.infos().size(); ++i) {
    if (workers.joined(WorkerId{i}) && workers.record(WorkerId{i}).awaits == lane) {
      return worker_at(sources, WorkerId{i}, sources.now);
    }
  }
  return nullptr;
}

json::value estimate_of(const Sources& sources, LaneId lane, std::uint64_t ahead) {
  const core::StartEstimate estimate = core::start_estimate(sources.scheduler, lane, ahead);
  if (estimate.never) return nullptr;
  return json::object{{"soonest_s", seconds(estimate.soonest)},
                      {"expected_s", seconds(estimate.expected)},
                      {"latest_s", seconds(estimate.latest)}};
}

}  // namespace

json::object why_it_waits(const Sources& sources, const core::Job& job) {
  const strategy::Lane& lane = sources.scheduler.lanes().info(job.lane);
  const Ahead ahead = jobs_ahead(sources, job);
  json::value missing = obstacle(sources, job.lane);
  const bool may_run = missing.is_null();
  return {
      {"ahead", ahead_of(sources, ahead, lane)},
      {"workers", workers_for(sources, job.lane)},
      {"obstacle", std::move(missing)},
      {"needs",
       lane.state.valid() ? json::value(holders_of(sources, job.lane)) : json::value(nullptr)},
      {"strategy", text(sources.strategy)},
      {"share", share_of(sources, lane.tenant)},
      {"waits_for", waits_for(sources, job.lane)},
      {"room_is_made_at", is_awaited_by(sources, job.lane)},
      {"estimate", may_run ? estimate_of(sources, job.lane, ahead.in_all) : json::value(nullptr)}};
}

}  // namespace steelyard::monitor
