#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "steelyard/monitor/sections.hpp"
#include "steelyard/strategy/registry.hpp"

/// Whether `groups-by-state` can keep up with the parameter it was given.
///
/// It is a polling system with a threshold: a worker leaves a state only when the first job of
/// another one is T = switch_penalty_s older than the first of its own. With one worker and M
/// states that are visited in turn, their heads stand T / (M - 1) apart, and each visit makes a
/// state's head younger by M T / (M - 1). That is also the time in which all states must be visited
/// once, each for a load of s seconds and the jobs that came for it in that time, a share rho / M
/// of it. So what comes can be served only if
///
///     T (1 - rho) >= (M - 1) s,
///
/// rho being the share of the time that jobs run. W workers share the loads of a round: (M - 1) s /
/// W, and none are needed when every state can stay where it is.
namespace steelyard::monitor {
namespace {

constexpr Duration kWindow = std::chrono::minutes(1);
/// Before that much has been seen nothing is said.
constexpr Duration kShortestWindow = std::chrono::seconds(10);
constexpr std::uint64_t kFewestLoads = 3;

/// T, when the strategy is one of those.
std::optional<double> switch_penalty_s(std::string_view strategy) {
  if (!strategy.starts_with("groups-by-state")) return std::nullopt;
  const auto parameters = strategy::Registry().parameters(strategy);
  if (!parameters) return std::nullopt;
  const auto found = parameters->find("switch_penalty_s");
  return found == parameters->end() ? std::nullopt : std::optional(found->second);
}

/// What the decisions of the last minute say, or of as much of it as is kept.
struct Seen {
  std::set<StateId> states;
  std::uint64_t loads = 0;
  double run_s = 0;  ///< what the jobs that were given are expected to run
  Duration window{};
};

Seen look_back(const Sources& sources) {
  const core::Scheduler& scheduler = sources.scheduler;
  Seen seen;
  TimePoint earliest = sources.now;
  std::uint64_t kept = 0;
  scheduler.decision_log().each_latest_first([&](const core::Decision& decision) {
    if (decision.at + kWindow < sources.now) return false;
    ++kept;
    earliest = decision.at;
    if (decision.sequence == 0) return true;
    seen.run_s += scheduler.estimates().run(decision.queue, decision.state, PoolId::none()).mean_s;
    seen.loads += decision.loads ? 1 : 0;
    if (decision.state.valid()) seen.states.insert(decision.state);
    return true;
  });
  const bool all_kept = kept < scheduler.options().max_decisions_kept;
  const Duration uptime = sources.now - sources.started;
  seen.window = all_kept ? std::min(kWindow, uptime) : sources.now - earliest;
  return seen;
}

/// Mean of what loads take, of those that were measured; 0: none was.
double mean_load_s(const Sources& sources, const std::set<StateId>& states) {
  double sum_s = 0;
  std::uint32_t measured = 0;
  for (const StateId state : states) {
    const auto& load = sources.scheduler.estimates().load(state, PoolId::none());
    if (load.count == 0) continue;
    sum_s += load.mean_s;
    ++measured;
  }
  return measured == 0 ? 0 : sum_s / measured;
}

struct Fleet {
  std::uint64_t workers = 0;
  std::uint64_t slots = 0;
  std::uint64_t states = 0;  ///< held at once
};

Fleet fleet_of(const core::WorkerTable& workers) {
  Fleet fleet;
  for (const strategy::Worker& worker : workers.infos()) {
    if (!worker.joined) continue;
    ++fleet.workers;
    fleet.slots += worker.slots;
    fleet.states += worker.max_states;
  }
  return fleet;
}

}  // namespace

std::optional<std::string> unstable_grouping(const Sources& sources) {
  const auto penalty_s = switch_penalty_s(sources.strategy);
  if (!penalty_s) return std::nullopt;
  Seen seen = look_back(sources);
  if (seen.window < kShortestWindow || seen.loads < kFewestLoads) return std::nullopt;
  const std::vector<strategy::State>& states = sources.scheduler.workers().states();
  for (std::uint32_t i = 0; i < states.size(); ++i) {
    if (states[i].waiting > 0) seen.states.insert(StateId{i});
  }
  const Fleet fleet = fleet_of(sources.scheduler.workers());
  if (fleet.workers == 0 || seen.states.size() <= fleet.states) return std::nullopt;
  const double load_s = mean_load_s(sources, seen.states);
  const double busy =
      std::min(seen.run_s / (seconds(seen.window) * static_cast<double>(fleet.slots)), 0.99);
  const double round_s =
      static_cast<double>(seen.states.size() - 1) * load_s / static_cast<double>(fleet.workers);
  if (*penalty_s * (1 - busy) >= round_s) return std::nullopt;
  return fmt::format(
      "strategy '{}' leaves states too early: {} states are asked for, a load takes {:.1f} s and "
      "jobs run {:.0f} % of the time, so that the workers load more than they work and fall "
      "behind; set switch_penalty_s to at least {:.0f}, or use --strategy amortised",
      sources.strategy, seen.states.size(), load_s, busy * 100, std::ceil(round_s / (1 - busy)));
}

}  // namespace steelyard::monitor
