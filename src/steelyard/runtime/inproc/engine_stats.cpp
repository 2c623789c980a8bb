#include <utility>

#include "steelyard/runtime/inproc/engine_turn.hpp"

/// What the engine says about itself.
namespace steelyard::inproc {

BalancerStats Engine::stats() {
  BalancerStats stats;
  turn([this, &stats](Aftermath&) { stats = snapshot(); });
  for (BalancerStats::Worker& worker : stats.workers) stats.attempts_run += worker.attempts_run;
  return stats;
}

BalancerStats Engine::snapshot() const {
  BalancerStats stats;
  const core::Counters& total = scheduler_.book().total();
  stats.jobs = total.jobs;
  stats.refused = refused_.load();
  stats.attempts = total.attempts;
  stats.time = total.time;
  stats.switches = scheduler_.switches();
  stats.evictions = scheduler_.evictions();
  stats.failed_loads = scheduler_.failed_loads();
  stats.decisions = scheduler_.decisions();
  stats.attempts_run = departed_attempts_run_;
  for (const auto& place : places_) {
    if (!place || !scheduler_.workers().joined(place->id)) continue;
    const strategy::Worker& info = scheduler_.workers().info(place->id);
    const core::WorkerRecord& record = scheduler_.workers().record(place->id);
    BalancerStats::Worker worker;
    worker.id = place->id;
    worker.slots = info.slots;
    worker.weight = info.weight;
    worker.assigned = info.assigned;
    worker.draining = place->leaving;
    for (const strategy::Held& held : info.held) {
      worker.states.push_back(names_.state_name(held.state));
    }
    worker.finished = record.finished;
    worker.failed = record.failed;
    worker.switches = record.switches;
    worker.evictions = record.evictions;
    for (const Seat* const seat : place->seats) worker.attempts_run += seat->attempts_run.load();
    stats.workers.push_back(std::move(worker));
  }
  return stats;
}

BalancerBooks Engine::books() {
  BalancerBooks books;
  turn([this, &books](Aftermath&) { books = books_; });
  return books;
}

}  // namespace steelyard::inproc
