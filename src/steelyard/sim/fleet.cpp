#include "steelyard/sim/fleet.hpp"

#include <algorithm>
#include <cmath>

#include "steelyard/sim/draws.hpp"

namespace steelyard::sim {
namespace {

/// So that loads are not drawn with the numbers that the arrivals were drawn with.
constexpr std::uint64_t kLoads = 0x6c6f'6164;

/// Numbers of workers of a crew are small, but not counted.
std::size_t places(const Scenario& scenario) {
  std::size_t count = scenario.workers;
  if (scenario.crew == nullptr) return count;
  for (const CrewChange& change : scenario.crew->changes) {
    count = std::max(count, change.worker.index() + 1);
  }
  return count;
}

}  // namespace

Fleet::Fleet(const Scenario& scenario)
    : states_(scenario.states),
      faults_(scenario.faults),
      random_(scenario.seed ^ kLoads),
      workers_(places(scenario)),
      tasks_(workers_.size()),
      taken_(workers_.size()) {}

const Fleet::Task& Fleet::begin(Task task, Duration run_time) {
  Worker& worker = workers_[task.worker.index()];
  const auto held = std::ranges::find(worker.held, task.state, &Holding::state);
  task.loads = task.state.valid() && held == worker.held.end();
  task.runs_from = task.begins;
  if (task.loads) {
    ++loads_;
    task.fate = fate_of_load();
    task.runs_from += load_time(task.state) / (task.fate == Fate::Dies ? 2 : 1);
    loading_s_ += in_seconds(task.runs_from - task.begins);
    if (task.fate == Fate::Finishes) worker.held.push_back({task.state, task.runs_from});
  } else if (task.state.valid()) {
    task.runs_from = std::max(task.begins, held->loaded);
  }
  task.ends = task.fate == Fate::Finishes ? task.runs_from + run_time : task.runs_from;
  task.seat = free_seat(task.worker);
  worker.seats.push_back(task.seat);
  tasks_[task.seat] = task;
  if (!worker.silent) ends_.set(task.seat, task.ends);
  return tasks_[task.seat];
}

std::uint32_t Fleet::free_seat(WorkerId worker) {
  std::uint32_t seat = worker.value;
  if (taken_[seat] && free_seats_.empty()) {
    seat = static_cast<std::uint32_t>(tasks_.size());
    tasks_.emplace_back();
    taken_.push_back(false);
  } else if (taken_[seat]) {
    seat = free_seats_.back();
    free_seats_.pop_back();
  }
  taken_[seat] = true;
  return seat;
}

void Fleet::free(std::uint32_t seat) {
  std::erase(workers_[tasks_[seat].worker.index()].seats, seat);
  ends_.erase(seat);
  taken_[seat] = false;
  if (seat >= workers_.size()) free_seats_.push_back(seat);
}

void Fleet::evict(WorkerId id, StateId state) {
  std::erase_if(workers_[id.index()].held,
                [state](const Holding& one) { return one.state == state; });
}

std::optional<TimePoint> Fleet::next_time() const {
  if (ends_.empty()) return std::nullopt;
  return ends_.top_key();
}

void Fleet::end_next() {
  const std::uint32_t seat = ends_.top();
  Task& task = tasks_[seat];
  if (task.fate != Fate::Dies) return free(seat);
  workers_[task.worker.index()].held.clear();
  task.fate = Fate::Returns;
  task.ends += faults_.away;
  ends_.set(seat, task.ends);
}

void Fleet::fall_silent(WorkerId id) {
  Worker& worker = workers_[id.index()];
  worker.silent = true;
  for (const std::uint32_t seat : worker.seats) ends_.erase(seat);
}

std::vector<Fleet::Task> Fleet::leave(WorkerId id) {
  Worker& worker = workers_[id.index()];
  std::vector<Task> left;
  while (!worker.seats.empty()) {
    left.push_back(tasks_[worker.seats.front()]);
    free(worker.seats.front());
  }
  worker = {};
  return left;
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
