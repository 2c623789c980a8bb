#include "steelyard/sim/recorder.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/random.hpp"

namespace steelyard::sim {
namespace {

/// Sums of these are exact up to 104 days.
double nanoseconds(Duration duration) {
  return static_cast<double>(duration.count());
}

/// The gap is followed between so many tenants; the first ones, should there be more.
std::vector<double> followed(std::vector<double> weights) {
  if (weights.size() > kMaxTenants) weights.resize(kMaxTenants);
  return weights;
}

/// none() for a tenant whose gap is not followed.
TenantId followed(TenantId tenant) {
  return tenant.valid() && tenant.index() < kMaxTenants ? tenant : TenantId::none();
}

}  // namespace

Recorder::Recorder(const Scenario& scenario, TimePoint timelines_until)
    : states_(scenario.states),
      expected_jobs_(std::max<std::uint64_t>(scenario.jobs, 1)),
      needed_(scenario.states.size()),
      gap_(followed(scenario.weights)),
      timelines_until_(timelines_until),
      timelines_(scenario.workers, timelines_until) {
  for (const StateFacts& state : scenario.states) {
    measures_.states.emplace_back();
    measures_.states.back().name = state.name;
  }
  for (const std::string& tenant : scenario.tenants) {
    measures_.tenants.emplace_back();
    measures_.tenants.back().name = tenant;
  }
}

void Recorder::arrived(const Arrival& arrival) {
  Duration alone = arrival.run_time;
  if (arrival.state.valid() && !needed_[arrival.state.index()]) {
    needed_[arrival.state.index()] = true;
    ++measures_.states_needed;
    alone += states_[arrival.state.index()].load_time;
    measures_.first_loads_ns += nanoseconds(states_[arrival.state.index()].load_time);
  }
  measures_.work_ns += nanoseconds(arrival.run_time);
  measures_.longest = std::max(measures_.longest, arrival.time.time_since_epoch() + alone);
  measures_.last_arrival = arrival.time;
  gap_.queue_changed(arrival.time, followed(arrival.tenant), 1);
}

void Recorder::assigned(const Fleet::Task& task, const Job& job) {
  ++measures_.decisions;
  mix(static_cast<std::uint64_t>(task.begins.time_since_epoch().count()));
  mix(task.worker.value);
  mix(job.number);
  gap_.queue_changed(task.begins, followed(job.arrival.tenant), -1);
  gap_.service_changed(task.begins, followed(job.arrival.tenant), 1);
  timelines_.add(WorkerId{task.seat},
                 {Segment::Kind::Loads, task.state, task.begins, task.runs_from});
  timelines_.add(WorkerId{task.seat}, {Segment::Kind::Runs, task.state, task.runs_from, task.ends});
}

void Recorder::ended(const Fleet::Task& task, const Job& job) {
  gap_.service_changed(task.ends, followed(job.arrival.tenant), -1);
  if (task.fate == Fleet::Fate::Finishes) {
    finished(task, job);
  } else {
    gap_.queue_changed(task.ends, followed(job.arrival.tenant), 1);
  }
}

void Recorder::finished(const Fleet::Task& task, const Job& job) {
  const Duration wait = task.runs_from - job.arrival.time;
  ++measures_.finished;
  measures_.waits.add(wait);
  const std::size_t quarter =
      std::min<std::uint64_t>((job.number - 1) * 4 / expected_jobs_, quarter_jobs_.size() - 1);
  quarter_sum_s_[quarter] += in_seconds(wait);
  ++quarter_jobs_[quarter];
  measures_.makespan = std::max(measures_.makespan, task.ends.time_since_epoch());
  const StateId state = job.arrival.state;
  const TenantId tenant = job.arrival.tenant;
  if (state.valid()) note(measures_.states[state.index()], wait);
  if (tenant.valid()) note(measures_.tenants[tenant.index()], wait);
}

void Recorder::note(GroupMeasures& group, Duration wait) {
  ++group.jobs;
  group.wait_sum_ns += nanoseconds(wait);
  group.longest_wait = std::max(group.longest_wait, wait);
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
  measures_.tenant_gap_s = gap_.worst_s();
  measures_.timelines = timelines_.take();
  measures_.timelines_until = timelines_until_;
  const double worker_seconds = in_seconds(measures_.makespan) * workers;
  if (worker_seconds > 0) measures_.loading_share = fleet.loading_s() / worker_seconds;
  return std::move(measures_);
}

void Recorder::mix(std::uint64_t value) {
  measures_.trace = base::Random(measures_.trace ^ value).next();
}

}  // namespace steelyard::sim
