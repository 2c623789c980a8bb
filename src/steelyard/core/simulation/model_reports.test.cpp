#include <algorithm>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for what workers report.
namespace steelyard::core {

std::optional<Model::Name> Model::reported(WorkerId worker, Lease lease, PayloadRef brought) {
  keep(brought);
  workers_.at(worker).last_heard = now_;
  std::optional<Name> found;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.place == JobState::Running && job.worker == worker && job.lease == lease) {
      found = {id, sequence};
    }
  });
  if (found) {
    std::uint32_t& offences = workers_.at(worker).offences;
    offences -= offences > 0 ? 1 : 0;
    return found;
  }
  bool is_kept = false;
  for (auto& [id, session] : sessions_) {
    for (auto& [sequence, job] : session.jobs) {
      if (!job.kept || job.worker != worker || job.lease != lease) continue;
      is_kept = true;
      job.asked = false;
      job.renewed = now_;
    }
  }
  if (is_kept) {
    ++reached_["kept result reported again"];
  } else {
    ++reached_[granted_.contains(lease) ? "stale report" : "forged report"];
    stale(worker, lease);
  }
  expect_forgotten(SessionId::none(), brought);
  return std::nullopt;
}

/// A report about a lease that the worker does not have. If it is the end of work that had been
/// given up, its slot is free.
void Model::stale(WorkerId id, Lease lease) {
  ++stale_reports_;
  expected_.push_back(RefuseStale{id, lease});
  if (workers_.at(id).overdue.erase(lease) == 0) {
    stale_report_ = id;
    return;
  }
  ++reached_["work that was given up has ended"];
  begin_unstarted(id);
  dismiss_if_drained(id);
}

/// A worker goes at the limit of its offences, and for nothing else.
void Model::expel(const Actions& actions) {
  for (const Action& action : actions) {
    const auto* const expelled = std::get_if<Expel>(&action);
    if (expelled == nullptr) continue;
    require(stale_report_ == expelled->worker, "a worker was expelled for nothing");
    const Worker& worker = workers_.at(expelled->worker);
    require(worker.offences + 1 == options_.max_offences_per_worker,
            "a worker was expelled without enough offences");
    remove_worker(expelled->worker, Death::Left);
    expected_.push_back(*expelled);
    ++troubles_.offences;
    ++troubles_.expelled;
    stale_report_.reset();
    ++reached_["worker expelled"];
  }
}

/// A report that is not as it should be is an offence, or it is excused because it may have crossed
/// the end of its lease; as many are excused as leases were ended.
void Model::compare_offences(const Scheduler& scheduler) {
  for (auto& [id, worker] : workers_) {
    const WorkerRecord& record = scheduler.workers().record(id);
    if (stale_report_ != id) {
      require(record.offences == worker.offences, "an offence was counted for nothing");
      require(record.excused >= worker.excused, "an excuse was used for nothing");
    } else if (record.excused < worker.excused) {
      require(record.excused + 1 == worker.excused && record.offences == worker.offences,
              "a report was excused and counted");
      ++reached_["late report excused"];
    } else {
      require(record.offences == worker.offences + 1, "an offence was not counted");
      ++troubles_.offences;
    }
    require(record.offences < options_.max_offences_per_worker, "an offender is still there");
    worker.offences = record.offences;
    worker.excused = record.excused;
  }
  stale_report_.reset();
}

void Model::learn(Job& job, const AttemptReport& report) {
  job.run_time = job.run_time_before + std::chrono::duration_cast<std::chrono::microseconds>(
                                           report.run_time + report.load_time);
  if (job.state.valid() && report.load_time > Duration::zero() && !report.load_failed) {
    if (const auto blocked = blocked_.find(job.state); blocked != blocked_.end()) {
      blocked->second.failures = 0;
      blocked->second.until = std::min(blocked->second.until, now_);
    }
  }
  const auto [mean, is_first] = run_times_.try_emplace(job.queue, report.run_time);
  if (!is_first) mean->second += (report.run_time - mean->second) / 8;
}

/// What the report, after whose job, says about the states its worker holds.
void Model::note_holding(WorkerId id, StateId state, const AttemptReport& report) {
  Worker& worker = workers_.at(id);
  if (report.load_failed && state.valid()) {
    worker.held.erase(state);
    Blocked& blocked = blocked_[state];
    const Duration pause = options_.load_retry_first * (1 << std::min(blocked.failures, 16u));
    blocked = {now_ + std::min(options_.load_retry_max, pause), blocked.failures + 1, false};
    ++reached_["load failed"];
  }
  if (!report.holds) return;
  const std::set<StateId> holds(report.holds->begin(), report.holds->end());
  std::erase_if(worker.held,
                [&](StateId held) { return !holds.contains(held) && !uses(id, held); });
  for (const StateId held : *report.holds) {
    if (worker.held.size() < worker.max_states) worker.held.insert(held);
  }
}

void Model::on(const JobFinished& event) {
  const auto name = reported(event.worker, event.lease, event.result);
  if (!name) return;
  Job& job = job_at(*name);
  const StateId state = job.state;
  if (job.stopping) ++reached_["finished although it was to stop"];
  learn(job, event.report);
  ++tally(job).attempts.completed;
  answer(*name, {Outcome::Finished, std::nullopt, event.result, event.delivered});
  note_holding(event.worker, state, event.report);
  dismiss_if_drained(event.worker);
}

void Model::on(const JobFailed& event) {
  const auto name = reported(event.worker, event.lease, event.error);
  if (!name) return;
  const StateId state = job_at(*name).state;
  fail(*name, event);
  note_holding(event.worker, state, event.report);
  dismiss_if_drained(event.worker);
}

void Model::fail(const Name& name, const JobFailed& event) {
  Job& job = job_at(name);
  if (event.died) {
    ++reached_["process died"];
    lose(name, Death::Died, event.error);
    return expect_forgotten(name.first, event.error);
  }
  learn(job, event.report);
  if (!event.delivered && job.stopping) {
    ++reached_["failed when it was to stop"];
    expect_forgotten(name.first, event.error);
    answer_stopped(name, &AttemptLedger::failed);
  } else if (!event.delivered && event.retry && !stopping_ &&
             job.attempts < options_.max_attempts) {
    expect_forgotten(name.first, event.error);
    back_off(name, &AttemptLedger::failed, job.attempts);
    ++reached_["failed attempt retried"];
  } else {
    const ErrorCode code = event.retry ? ErrorCode::AttemptsExhausted : ErrorCode::WorkFailed;
    if (event.retry) ++reached_["attempts exhausted by failure"];
    ++tally(job).attempts.failed;
    answer(name, {Outcome::Failed, code, event.error, event.delivered});
  }
}

void Model::on(const JobForwarded& event) {
  const auto name = reported(event.worker, event.lease, event.payload);
  if (!name) return;
  Job& job = job_at(*name);
  const StateId state = job.state;
  learn(job, event.report);
  if (job.received) {
    ++reached_["forwarded after its result was received"];
    expect_forgotten(name->first, event.payload);
    ++tally(job).attempts.completed;
    answer(*name, {Outcome::Finished});
  } else if (job.stopping) {
    ++reached_["forwarded when it was to stop"];
    expect_forgotten(name->first, event.payload);
    answer_stopped(*name, &AttemptLedger::stopped);
  } else if (job.hop == options_.max_hops) {
    ++reached_["forwarded too often"];
    expect_forgotten(name->first, event.payload);
    ++tally(job).attempts.completed;
    answer(*name, {Outcome::Failed, ErrorCode::TooManyHops});
  } else {
    forward(*name, event);
  }
  note_holding(event.worker, state, event.report);
  dismiss_if_drained(event.worker);
}

/// It comes last in its new lane, with what is left of its time limit, and is tried anew.
void Model::forward(const Name& name, const JobForwarded& event) {
  using std::chrono::milliseconds;
  Job& job = job_at(name);
  ++reached_["forwarded"];
  if (job.queue == event.queue) ++reached_["forwarded to its own queue"];
  ++tally(job).attempts.completed;
  ++tally(job).jobs.forwarded_out;
  if (job.time_limit > Duration()) {
    const auto left = std::chrono::duration_cast<milliseconds>(*job.overdue_at - now_);
    job.time_limit = std::max(left, milliseconds(1));
  }
  free_worker(job);
  expect_forgotten(name.first, job.payload);
  if (job.was_lost) expected_.push_back(ForgetDeaths{name.first, name.second});
  job.was_lost = false;
  job.payload = event.payload;
  job.queue = event.queue;
  job.state = event.state;
  ++job.hop;
  job.attempts = 0;
  job.deaths = 0;
  job.waited_before = job.waited;
  job.run_time_before = job.run_time;
  job.arrival = now_;
  job.order = ++orders_;
  job.place = JobState::Queued;
  keys_.insert({job.queue, job.state, job.tenant, job.priority, job.tags});
  ++tally(job).jobs.forwarded_in;
  append_if_journalled(Append::What::Changed, name);
  give_up_if_unwanted(name);
}

void Model::on(const JobHandedBack& event) {
  const auto name = reported(event.worker, event.lease, PayloadRef{});
  if (!name) return;
  Job& job = job_at(*name);
  --job.attempts;
  const bool is_unwanted = job.stopping && job.stopping != StopReason::TimeLimit && !job.received;
  if (is_unwanted) {
    ++tally(job).attempts.handed_back;
    ++reached_["handed back when it was to stop"];
    answer(*name, {Outcome::Cancelled, ErrorCode::Cancelled});
  } else {
    requeue(*name, &AttemptLedger::handed_back);
  }
  workers_.at(event.worker).held_up = true;
  ++reached_["handed back"];
  dismiss_if_drained(event.worker);
}

}  // namespace steelyard::core
