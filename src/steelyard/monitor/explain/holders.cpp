#include <algorithm>
#include <map>

#include "steelyard/monitor/explain/waiting.hpp"
#include "steelyard/monitor/sections.hpp"

/// Who holds a state.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxHolders = 20;

/// Workers at which the job that they loaded the state for has not ended, and since when: the load
/// is a part of that, and only they know whether it is over.
std::map<WorkerId, TimePoint> loading_since(const core::Scheduler& scheduler, StateId state) {
  std::map<WorkerId, TimePoint> since;
  scheduler.decision_log().each_latest_first([&](const core::Decision& decision) {
    if (!decision.loads || decision.state != state || since.contains(decision.worker)) return true;
    const std::uint32_t slot = scheduler.find(decision.session, decision.sequence);
    if (slot == core::kNoJob) return true;
    const core::Job& job = scheduler.jobs()[slot];
    const bool runs_there = job.state == core::JobState::Running && job.worker == decision.worker &&
                            job.arrival <= decision.at;
    if (runs_there) since.emplace(decision.worker, decision.at);
    return true;
  });
  return since;
}

json::object holder_row(const Sources& sources, WorkerId id, const strategy::Held& held,
                        LaneId lane) {
  const std::vector<StateId>& preloads = sources.scheduler.workers().record(id).preloads;
  const bool preloading = std::ranges::find(preloads, held.state) != preloads.end();
  json::object row{{"worker", nullptr},
                   {"may_run_it", sources.scheduler.view().allowed(id, lane)},
                   {"jobs", held.running - (preloading ? 1 : 0)},
                   {"preloading", preloading},
                   {"pinned", held.pinned},
                   {"loading_or_first_job_for_s", nullptr}};
  if (id.index() < sources.worker_names.size()) {
    row["worker"] = text(sources.worker_names[id.index()]);
  }
  return row;
}

}  // namespace

json::object holders_of(const Sources& sources, LaneId lane) {
  const core::Scheduler& scheduler = sources.scheduler;
  const StateId state_id = scheduler.lanes().info(lane).state;
  const strategy::State& state = scheduler.view().state(state_id);
  const strategy::Estimate& load = scheduler.estimates().load(state_id, PoolId::none());
  const std::map<WorkerId, TimePoint> loading = loading_since(scheduler, state_id);
  json::array rows;
  for (std::uint32_t i = 0; i < scheduler.workers().infos().size(); ++i) {
    const strategy::Held* const held = scheduler.workers().info(WorkerId{i}).find(state_id);
    if (held == nullptr || rows.size() >= kMaxHolders) continue;
    json::object row = holder_row(sources, WorkerId{i}, *held, lane);
    if (const auto since = loading.find(WorkerId{i}); since != loading.end()) {
      row["loading_or_first_job_for_s"] = seconds(sources.now - since->second);
    }
    rows.push_back(std::move(row));
  }
  const bool is_blocked = state.blocked_until > sources.now;
  return {{"jobs_waiting", state.waiting},
          {"holders", state.holders},
          {"held_by", std::move(rows)},
          {"load_mean_s", load.count > 0 ? json::value(load.mean_s) : json::value(nullptr)},
          {"failed_loads_in_a_row", state.failures},
          {"blocked_for_s", is_blocked ? seconds(state.blocked_until - sources.now) : 0.0}};
}

}  // namespace steelyard::monitor
