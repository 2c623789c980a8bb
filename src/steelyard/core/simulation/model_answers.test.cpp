#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for how jobs are answered and settled.
namespace steelyard::core {

/// The attempt was lost with its worker, or with the process that did it.
void Model::lose(const Name& name, Death how, PayloadRef text) {
  Job& job = job_at(name);
  job.was_lost = true;
  if (job.is_ahead) {
    --job.attempts;
    ++reached_["lost before it began"];
  } else {
    ++troubles_.deaths;
    ++job.deaths;
    expected_.push_back(NoteDeath{name.first, name.second, job.worker,
                                  static_cast<std::uint16_t>(job.attempts), how, text});
  }
  if (job.received) return requeue(name, &AttemptLedger::lost);
  const bool is_unwanted = job.stopping && job.stopping != StopReason::TimeLimit;
  const bool is_over =
      is_unwanted || job.deaths >= options_.max_deaths || job.attempts >= options_.max_attempts;
  if (!is_over) {
    return back_off(name, &AttemptLedger::lost, job.attempts > 1 ? job.attempts - 1 : 0);
  }
  ++tally(job).attempts.lost;
  if (is_unwanted) {
    ++reached_["lost while it was to stop"];
    answer(name, {Outcome::Cancelled, ErrorCode::Cancelled});
  } else if (job.deaths >= options_.max_deaths) {
    answer(name, {Outcome::Quarantined, ErrorCode::Quarantined});
  } else {
    ++reached_["attempts exhausted by loss"];
    answer(name, {Outcome::Failed, ErrorCode::AttemptsExhausted});
  }
}

/// The attempt has ended, if there was one.
void Model::free_worker(Job& job) {
  job.stopping.reset();
  job.overdue_at.reset();
  const WorkerId worker = std::exchange(job.worker, WorkerId::none());
  if (!worker.valid()) return;
  workers_.at(worker).held_up = false;
  job.is_ahead = false;
  begin_unstarted(worker);
}

/// Of what a worker has, as much as it has slots for has begun.
void Model::begin_unstarted(WorkerId id) {
  const Worker& worker = workers_.at(id);
  std::map<std::uint64_t, Job*> granted;
  for (auto& [session_id, session] : sessions_) {
    for (auto& [sequence, job] : session.jobs) {
      if (job.place == JobState::Running && job.worker == id) granted[job.grant] = &job;
    }
  }
  std::size_t slots_taken = worker.overdue.size();
  for (const auto& [grant, job] : granted) job->is_ahead &= slots_taken++ >= worker.slots;
}

/// `longest`: the wait before another attempt by the rule; up to half of it may be left out.
void Model::requeue(const Name& name, std::uint64_t AttemptLedger::*how, Duration longest) {
  Job& job = job_at(name);
  ++(tally(job).attempts.*how);
  if (job.received) return answer(name, {Outcome::Finished});
  free_worker(job);
  job.place = longest > Duration() ? JobState::Delayed : JobState::Queued;
  job.due_from = now_ + longest - longest / 2;
  job.due_by = now_ + longest;
  if (longest > Duration()) ++reached_["another attempt waits"];
  append_if_journalled(Append::What::Changed, name);
  give_up_if_unwanted(name);
}

/// A job that waits again: nobody may wait for it any more, or nothing be started any more.
void Model::give_up_if_unwanted(const Name& name) {
  const Job& job = job_at(name);
  if (sessions_.at(name.first).closing && !job.outlives_session()) {
    ++reached_["returned job of a closed session"];
    answer(name, {Outcome::Cancelled, ErrorCode::Cancelled});
  } else if (stopping_ && !job.journal) {
    ++reached_["returned job after the stop"];
    answer(name, {Outcome::Cancelled, ErrorCode::Stopped});
  }
}

bool Model::is_heard(const Name& name) {
  const Session& session = sessions_.at(name.first);
  return !session.closing && !session.away && !job_at(name).detached;
}

void Model::answer(const Name& name, const Ending& ending) {
  Session& session = sessions_.at(name.first);
  Job& job = job_at(name);
  const WorkerId worker = job.worker;
  job.place = JobState::Returning;
  free_worker(job);
  job.outcome = ending.outcome;
  job.error = ending.error;
  job.result = ending.result;
  if (ending.delivered && session.receipts) {
    job.kept = true;
    job.asked = false;
    job.worker = worker;
    job.renewed = now_;
  } else if (ending.delivered && !job.detached) {
    require(session.answers.emplace(name.second, Answer{ending.error, ending.result}).second,
            "a job was answered twice");
  }
  answer_cancels(name, standing_of(ending.outcome));
  expect_failure(name);
  const bool wanted = is_heard(name) && !job.received;
  if (session.away) ++reached_["answered while its session is away"];
  if (wanted && !ending.delivered) {
    expect_delivery(name.first, name.second);
    const bool was_tried =
        ending.outcome != Outcome::Cancelled && ending.outcome != Outcome::Expired;
    returns_.through_broker += was_tried ? 1 : 0;
  }
  if (!wanted && job.kept && !job.received && job.outlives_session()) {
    ++reached_["result given to nobody is asked for"];
    return ask_for_result(job);
  }
  if (!wanted || !session.receipts) return settle(name);
  // What may have to be given again is the answer, unless only its worker has it, or somebody may
  // want the job to run once more.
  if (job.kept || ending.outcome == Outcome::Quarantined) return;
  expect_forgotten(name.first, job.payload);
  job.payload = {};
}

void Model::count_settled(const Job& job) {
  JobLedger& sum = tally(job).jobs;
  sum.finished += job.outcome == Outcome::Finished ? 1 : 0;
  sum.failed += job.outcome == Outcome::Failed ? 1 : 0;
  sum.cancelled += job.outcome == Outcome::Cancelled ? 1 : 0;
  sum.expired += job.outcome == Outcome::Expired ? 1 : 0;
}

void Model::settle(const Name& name) {
  Job& job = job_at(name);
  const WorkerId keeper = job.kept ? job.worker : WorkerId::none();
  if (keeper.valid()) expected_.push_back(ReleaseResult{keeper, job.lease});
  job.kept = false;
  job.worker = WorkerId::none();
  if (!job.detached) settled_.push_back(name);
  if (job.outcome == Outcome::Quarantined) {
    quarantine(name);
    return end_if_done(name.first);
  }
  count_settled(job);
  expect_forgotten(name.first, job.payload);
  job.payload = {};
  // A result that only its worker had is with its requester.
  if (job.outlives_session() && !keeper.valid() && !job.received) {
    store(name);
  } else {
    release(name);
  }
  if (keeper.valid()) dismiss_if_drained(keeper);
  end_if_done(name.first);
}

void Model::on(const StopRequested&) {
  if (stopping_) return;
  stopping_ = true;
  std::vector<Name> waiting;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.waits() && !job.journal) waiting.emplace_back(id, sequence);
  });
  for (const Name& name : waiting) {
    ++reached_["waiting job stopped"];
    answer(name, {Outcome::Cancelled, ErrorCode::Stopped});
  }
}

void Model::keep(PayloadRef first, std::uint32_t count) {
  if (!first.valid()) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    require(kept_.insert(first.value + i).second, "the test used a payload's number twice");
  }
}

void Model::expect_forgotten(SessionId id, PayloadRef first, std::uint32_t count) {
  if (first.valid()) expected_.push_back(Forget{id, first, count});
}

void Model::expect_failure(const Name& name) {
  const Job& job = job_at(name);
  const bool has_failed = job.outcome == Outcome::Failed || job.outcome == Outcome::Quarantined;
  if (!has_failed || job.error == ErrorCode::WorkFailed) return;
  if (!is_heard(name)) ++reached_["failed while nobody waits"];
  expected_.push_back(NoteFailure{name.first, name.second, *job.error});
}

void Model::expect_delivery(SessionId id, std::uint64_t sequence) {
  const Job& job = sessions_.at(id).jobs.at(sequence);
  expected_.push_back(
      Deliver{id, sequence, job.error, job.result, job.payload, job.waited, job.run_time});
}

}  // namespace steelyard::core
