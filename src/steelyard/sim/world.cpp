#include "steelyard/sim/world.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"

namespace steelyard::sim {
namespace {

constexpr SessionId kSession{0};
constexpr std::uint64_t kProgressEvery = 1 << 16;
/// A strategy that asks to be asked again so often without ever giving work away never will.
constexpr std::uint64_t kMaxIdleWakeups = 1'000'000;

/// Nothing is limited but by the workload, and nobody is ever silent for too long.
core::Options options_for(const Scenario& scenario) {
  core::Options options;
  options.time_prior = scenario.time_prior;
  options.max_queued_jobs = kMaxJobs;
  options.max_queued_jobs_per_user = 0;
  options.max_unfinished_jobs_per_session = kMaxJobs;
  options.max_workers = kMaxWorkers;
  options.max_attempts = UINT16_MAX;
  options.max_deaths = UINT8_MAX;
  options.worker_lost_after = 4 * kEndOfTime.time_since_epoch();
  options.session_gone_after = options.worker_lost_after;
  return options;
}

}  // namespace

World::World(Scenario scenario, std::unique_ptr<strategy::Strategy> strategy, RunOptions options)
    : scenario_(std::move(scenario)),
      options_(std::move(options)),
      scheduler_(options_for(scenario_), std::move(strategy)),
      fleet_(scenario_),
      recorder_(scenario_, options_.timelines_until) {}

Measures World::run() {
  step(core::SessionOpened{.session = kSession, .principal = {}, .receipts = false});
  for (std::uint32_t i = 0; i < scenario_.weights.size(); ++i) {
    step(core::TenantWeighted{TenantId{i}, scenario_.weights[i]});
  }
  for (std::uint32_t i = 0; i < scenario_.workers && !scenario_.crew; ++i) join(WorkerId{i});
  next_arrival();
  Source source = next_source();
  while (source != Source::Nothing) {
    proceed(source);
    source = next_source();
  }
  Measures measures = recorder_.take(fleet_, scenario_.workers);
  measures.unfinished = arrived_ - measures.finished;
  return measures;
}

/// What happens next, and sets `now_` to when it does. At the same time workers come first, and
/// timers last: the scheduler's contract asks for it.
World::Source World::next_source() {
  TimePoint earliest = kEndOfTime;
  Source source = Source::Nothing;
  const auto consider = [&](std::optional<TimePoint> time, Source candidate) {
    if (!time || *time >= earliest) return;
    earliest = *time;
    source = candidate;
  };
  consider(fleet_.next_time(), Source::Worker);
  if (scenario_.crew && crew_changes_ < scenario_.crew->changes.size()) {
    consider(scenario_.crew->changes[crew_changes_].time, Source::Crew);
  }
  if (arrival_) consider(arrival_->time, Source::Arrival);
  consider(scheduler_.next_deadline(), Source::Timer);
  if (source == Source::Timer && ++idle_wakeups_ > kMaxIdleWakeups) return Source::Nothing;
  if (source != Source::Nothing) now_ = std::max(now_, earliest);
  return source;
}

void World::proceed(Source source) {
  switch (source) {
    case Source::Worker:
      return worker_done();
    case Source::Crew:
      return change_crew();
    case Source::Arrival:
      return arrive();
    case Source::Timer:
      return step(core::TimePassed{});
    case Source::Nothing:
      return;
  }
}

void World::next_arrival() {
  arrival_ = scenario_.arrivals->next();
  STEELYARD_ASSERT(!arrival_ || is_sound(*arrival_));
  if (options_.progress && arrived_ % kProgressEvery == 0) options_.progress(arrived_);
}

bool World::is_sound(const Arrival& arrival) const {
  return arrival.time >= now_ && arrival.queue.index() < scenario_.queues &&
         (!arrival.state.valid() || arrival.state.index() < scenario_.states.size()) &&
         (!arrival.tenant.valid() || arrival.tenant.index() < scenario_.weights.size());
}

void World::arrive() {
  const Arrival arrival = *arrival_;
  std::uint32_t place = static_cast<std::uint32_t>(jobs_.size());
  if (free_.empty()) {
    jobs_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  jobs_[place] = {arrival, ++arrived_};
  recorder_.arrived(arrival);
  core::JobsSubmitted submitted;
  submitted.session = kSession;
  submitted.first_sequence = arrived_;
  submitted.count = 1;
  submitted.queue = arrival.queue;
  submitted.state = arrival.state;
  submitted.tenant = arrival.tenant;
  submitted.priority = arrival.priority;
  submitted.tags = arrival.tags;
  submitted.state_bytes = arrival.state_bytes;
  submitted.start_by = arrival.start_by;
  submitted.first_payload = PayloadRef{std::uint64_t{place} + 1};
  step(submitted);
  next_arrival();
}

void World::worker_done() {
  const Fleet::Task task = fleet_.next_task();
  const WorkerId worker = task.worker;
  fleet_.end_next();
  if (task.fate != Fleet::Fate::Returns) recorder_.ended(task, jobs_[task.job]);
  core::AttemptReport report;
  report.run_time = task.ends - task.runs_from;
  if (task.loads) report.load_time = task.runs_from - task.begins;
  switch (task.fate) {
    case Fleet::Fate::Finishes:
      return step(core::JobFinished{worker, task.lease, {}, report, /*delivered=*/true});
    case Fleet::Fate::LoadFails:
      report.load_failed = true;
      return step(core::JobFailed{worker, task.lease, {}, report, /*retry=*/true, false});
    case Fleet::Fate::Dies:
      return step(core::WorkerLeft{worker});
    case Fleet::Fate::Returns:
      return join(worker);
  }
}

void World::join(WorkerId worker) {
  std::vector<QueueId> queues;
  for (std::uint32_t i = worker.value % scenario_.pools; i < scenario_.queues;
       i += scenario_.pools) {
    queues.push_back(QueueId{i});
  }
  core::WorkerProfile profile;
  profile.queues = queues;
  profile.max_states = scenario_.max_states;
  step(core::WorkerJoined{worker, {}, profile});
}

void World::change_crew() {
  const CrewChange& change = scenario_.crew->changes[crew_changes_++];
  switch (change.kind) {
    case CrewChange::Kind::Joins:
      leave(change.worker);
      return step(
          core::WorkerJoined{change.worker, {}, scenario_.crew->offers[change.offer].whole()});
    case CrewChange::Kind::Drains:
      return step(core::WorkerDrainRequested{change.worker});
    case CrewChange::Kind::FallsSilent:
      return fleet_.fall_silent(change.worker);
    case CrewChange::Kind::Leaves:
      return leave(change.worker);
  }
}

/// Nothing happens when it has gone already.
void World::leave(WorkerId worker) {
  for (Fleet::Task& task : fleet_.leave(worker)) {
    task.fate = Fleet::Fate::Dies;
    task.ends = now_;
    recorder_.ended(task, jobs_[task.job]);
  }
  step(core::WorkerLeft{worker});
}

void World::step(const core::Event& event) {
  const std::uint64_t began = options_.clock_ns ? options_.clock_ns() : 0;
  scheduler_.step(now_, event, actions_);
  if (options_.clock_ns) recorder_.stepped(options_.clock_ns() - began);
  for (const core::Action& action : actions_) {
    if (const auto* assign = std::get_if<core::Assign>(&action)) carry_out(*assign);
    if (const auto* evict = std::get_if<core::Evict>(&action)) {
      fleet_.evict(evict->worker, evict->state);
    }
    if (const auto* dismiss = std::get_if<core::Dismiss>(&action)) fleet_.leave(dismiss->worker);
    if (const auto* forget = std::get_if<core::Forget>(&action)) carry_out(*forget);
  }
  actions_.clear();
}

void World::carry_out(const core::Assign& action) {
  idle_wakeups_ = 0;
  const auto place = static_cast<std::uint32_t>(action.payload.value - 1);
  const Recorder::Job& job = jobs_[place];
  Fleet::Task task;
  task.worker = action.worker;
  task.lease = action.lease;
  task.job = place;
  task.state = job.arrival.state;
  task.begins = now_;
  const Fleet::Task& begun = fleet_.begin(task, job.arrival.run_time);
  STEELYARD_ASSERT(begun.loads == action.loads);
  recorder_.assigned(begun, job);
}

void World::carry_out(const core::Forget& action) {
  for (std::uint32_t i = 0; i < action.count; ++i) {
    free_.push_back(static_cast<std::uint32_t>(action.first.value + i - 1));
  }
}

}  // namespace steelyard::sim
