#include "steelyard/sim/recorder.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/random.hpp"

namespace steelyard::sim {

Recorder::Recorder(const Scenario& scenario)
    : states_(scenario.states),
      expected_jobs_(std::max<std::uint64_t>(scenario.jobs, 1)),
      needed_(scenario.states.size()) {
  measures_.states.resize(scenario.states.size());
}

void Recorder::arrived(const Arrival& arrival) {
  Duration alone = arrival.run_time;
  if (arrival.state.valid() && !needed_[arrival.state.index()]) {
    needed_[arrival.state.index()] = true;
    alone += states_[arrival.state.index()].load_time;
    measures_.first_loads_s += in_seconds(states_[arrival.state.index()].load_time);
  }
  measures_.work_s += in_seconds(arrival.run_time);
  measures_.longest = std::max(measures_.longest, arrival.time.time_since_epoch() + alone);
}

void Recorder::assigned(TimePoint now, WorkerId worker, std::uint64_t job) {
  ++measures_.decisions;
  mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  mix(worker.value);
  mix(job);
}

void Recorder::finished(const Fleet::Task& task, const Arrival& job, std::uint64_t number) {
  const Duration wait = task.runs_from - job.time;
  ++measures_.finished;
  measures_.waits.add(wait);
  const std::size_t quarter =
      std::min<std::uint64_t>((number - 1) * 4 / expected_jobs_, quarter_jobs_.size() - 1);
  quarter_sum_s_[quarter] += in_seconds(wait);
  ++quarter_jobs_[quarter];
  measures_.makespan = std::max(measures_.makespan, task.ends.time_since_epoch());
  if (!job.state.valid()) return;
  StateMeasures& state = measures_.states[job.state.index()];
  ++state.jobs;
  state.wait_sum_s += in_seconds(wait);
  state.longest_wait = std::max(state.longest_wait, wait);
}

void Recorder::stepped(std::uint64_t cost_ns) {
  measures_.steps_ns += cost_ns;
  measures_.step_costs.add(Duration(cost_ns));
}

Measures Recorder::take(const Fleet& fleet, std::uint32_t workers) {
  for (std::size_t i = 0; i < quarter_jobs_.size(); ++i) {
    const auto jobs = static_cast<double>(std::max<std::uint64_t>(quarter_jobs_[i], 1));
    measures_.quarter_mean_wait_s[i] = quarter_sum_s_[i] / jobs;
  }
  measures_.switches = fleet.loads();
  const double worker_seconds = in_seconds(measures_.makespan) * workers;
  if (worker_seconds > 0) measures_.loading_share = fleet.loading_s() / worker_seconds;
  return std::move(measures_);
}

void Recorder::mix(std::uint64_t value) {
  measures_.trace = base::Random(measures_.trace ^ value).next();
}

}  // namespace steelyard::sim
