#include "steelyard/sim/fleet.hpp"

#include <algorithm>
#include <cmath>

#include "steelyard/base/assert.hpp"
#include "steelyard/sim/draws.hpp"

namespace steelyard::sim {
namespace {

/// So that loads are not drawn with the numbers that the arrivals were drawn with.
constexpr std::uint64_t kLoads = 0x6c6f'6164;

}  // namespace

Fleet::Fleet(const Scenario& scenario)
    : states_(scenario.states),
      faults_(scenario.faults),
      random_(scenario.seed ^ kLoads),
      workers_(scenario.workers) {}

const Fleet::Task& Fleet::begin(WorkerId id, Task task, Duration run_time) {
  Worker& worker = workers_[id.index()];
  STEELYARD_ASSERT(!worker.busy);
  task.loads =
      task.state.valid() && std::ranges::find(worker.held, task.state) == worker.held.end();
  task.runs_from = task.begins;
  if (task.loads) {
    ++loads_;
    task.fate = fate_of_load();
    task.runs_from += load_time(task.state) / (task.fate == Fate::Dies ? 2 : 1);
    loading_s_ += in_seconds(task.runs_from - task.begins);
    if (task.fate == Fate::Finishes) worker.held.push_back(task.state);
  }
  task.ends = task.fate == Fate::Finishes ? task.runs_from + run_time : task.runs_from;
  worker.busy = true;
  worker.task = task;
  ends_.set(id.value, task.ends);
  return worker.task;
}

void Fleet::evict(WorkerId id, StateId state) {
  std::erase(workers_[id.index()].held, state);
}

std::optional<TimePoint> Fleet::next_time() const {
  if (ends_.empty()) return std::nullopt;
  return ends_.top_key();
}

void Fleet::end(WorkerId id) {
  Worker& worker = workers_[id.index()];
  if (worker.task.fate != Fate::Dies) {
    worker.busy = false;
    ends_.erase(id.value);
    return;
  }
  worker.held.clear();
  worker.task.fate = Fate::Returns;
  worker.task.ends += faults_.away;
  ends_.set(id.value, worker.task.ends);
}

Duration Fleet::load_time(StateId id) {
  const StateFacts& state = states_[id.index()];
  if (state.load_spread == 1) return state.load_time;
  const double exponent = 2 * uniform(random_) - 1;
  return from_seconds(in_seconds(state.load_time) * std::pow(state.load_spread, exponent));
}

Fleet::Fate Fleet::fate_of_load() const {
  const auto is_due = [this](std::uint32_t every) { return every > 0 && loads_ % every == 0; };
  if (is_due(faults_.death_every_loads)) return Fate::Dies;
  return is_due(faults_.failure_every_loads) ? Fate::LoadFails : Fate::Finishes;
}

}  // namespace steelyard::sim
