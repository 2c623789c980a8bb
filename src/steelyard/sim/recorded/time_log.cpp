#include "steelyard/sim/recorded/time_log.hpp"

#include <algorithm>

namespace steelyard::sim {
namespace {

template <class T>
T& at(std::vector<T>& table, std::size_t place) {
  if (place >= table.size()) table.resize(place + 1);
  return table[place];
}

}  // namespace

void TimeLog::add_run(QueueId queue, StateId state, Duration time, bool with_load) {
  if (with_load) return at(states_, state.index()).runs_with_load.add(time);
  if (state.valid()) at(states_, state.index()).runs.add(time);
  if (queue.valid()) at(queues_, queue.index()).add(time);
  all_.add(time);
}

void TimeLog::add_load(StateId state, Duration time) {
  loads_told_ = true;
  at(states_, state.index()).loads.add(time);
}

Duration TimeLog::load(StateId state) const {
  if (state.index() >= states_.size()) return {};
  const OfState& of_state = states_[state.index()];
  if (of_state.loads.known()) return of_state.loads.value();
  if (!of_state.runs.known() || !of_state.runs_with_load.known()) return {};
  return std::max(of_state.runs_with_load.value() - of_state.runs.value(), Duration());
}

Duration TimeLog::run(QueueId queue, StateId state) const {
  if (state.index() < states_.size() && states_[state.index()].runs.known()) {
    return states_[state.index()].runs.value();
  }
  if (queue.index() < queues_.size() && queues_[queue.index()].known()) {
    return queues_[queue.index()].value();
  }
  return all_.value();
}

}  // namespace steelyard::sim
