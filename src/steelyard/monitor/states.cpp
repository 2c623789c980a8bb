#include <algorithm>

#include "steelyard/monitor/candidates.hpp"
#include "steelyard/monitor/sections.hpp"

/// The list of states: who holds them, what waits for them, what loading them takes.
namespace steelyard::monitor {
namespace {

namespace json = boost::json;

/// What was measured of the state itself; nullptr: nothing, and the estimate is that of others.
const strategy::Estimate* own(const strategy::Estimate& estimate,
                              const strategy::Estimate& of_others) {
  return &estimate == &of_others ? nullptr : &estimate;
}

const strategy::Estimate* load_of(const strategy::Estimates& estimates, StateId state) {
  return own(estimates.load(state, PoolId::none()),
             estimates.load(StateId::none(), PoolId::none()));
}

const strategy::Estimate* run_of(const strategy::Estimates& estimates, StateId state) {
  return own(estimates.run(QueueId::none(), state, PoolId::none()),
             estimates.run(QueueId::none(), StateId::none(), PoolId::none()));
}

json::value rounded(double seconds_exactly) {
  return seconds(
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds_exactly)));
}

void add_estimate(json::object& row, const std::string& what, const strategy::Estimate* estimate) {
  row[what + "_mean_s"] = estimate == nullptr ? json::value(nullptr) : rounded(estimate->mean_s);
  row[what + "_q90_s"] = estimate == nullptr ? json::value(nullptr) : rounded(estimate->q90_s);
}

std::uint32_t pinned_workers(const core::Scheduler& scheduler, StateId state) {
  const auto pin = scheduler.pins().find(state);
  return pin == scheduler.pins().end() ? 0 : pin->second.workers;
}

json::object state_row(const Sources& sources, const Candidate& candidate) {
  const StateId id{candidate.id};
  const core::Scheduler& scheduler = sources.scheduler;
  const strategy::State& state = scheduler.view().state(id);
  const Duration blocked = std::max(Duration::zero(), state.blocked_until - sources.now);
  json::object row{{"state", text(candidate.name)},
                   {"holders", state.holders},
                   {"pinned", pinned_workers(scheduler, id)},
                   {"waiting", state.waiting},
                   {"bytes", state.bytes == 0 ? json::value(nullptr) : json::value(state.bytes)},
                   {"failed_loads_in_a_row", state.failures},
                   {"blocked_s", seconds(blocked)}};
  add_estimate(row, "load", load_of(scheduler.estimates(), id));
  add_estimate(row, "run", run_of(scheduler.estimates(), id));
  return row;
}

}  // namespace

const strategy::Estimate* own_load(const core::Scheduler& scheduler, StateId state) {
  return load_of(scheduler.estimates(), state);
}

bool is_worth_a_row(const core::Scheduler& scheduler, StateId id) {
  const strategy::State& state = scheduler.view().state(id);
  return state.holders > 0 || state.waiting > 0 || state.failures > 0 ||
         scheduler.pins().contains(id) || load_of(scheduler.estimates(), id) != nullptr ||
         run_of(scheduler.estimates(), id) != nullptr;
}

json::object states_section(const Sources& sources) {
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < sources.states.size(); ++i) {
    const StateId id{i};
    if (!is_worth_a_row(sources.scheduler, id)) continue;
    const strategy::State& state = sources.scheduler.view().state(id);
    candidates.push_back(
        {i, std::uint64_t{state.waiting} + state.holders, sources.states.name(id)});
  }
  return rows_of(std::move(candidates),
                 [&](const Candidate& state) { return state_row(sources, state); });
}

}  // namespace steelyard::monitor
