#include <algorithm>
#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for attempts that are to stop, and for quarantine.
namespace steelyard::core {

void Model::on(const CancelRequested& event) {
  sessions_.at(event.by).last_heard = now_;
  AnswerCancel said{event.by, event.request};
  if (may_know(event.by, event.session, event.sequence)) {
    const Name name{event.session, event.sequence};
    const Job* const job = find(event.session, event.sequence);
    said.was = said.outcome = job == nullptr ? Standing::Gone : standing(*job);
    if (job == nullptr) {
    } else if (job->waits()) {
      said.outcome = Standing::Cancelled;
      answer(name, {Outcome::Cancelled, ErrorCode::Cancelled});
    } else if (job->place == JobState::Quarantined) {
      said.outcome = Standing::Cancelled;
      drop_from_quarantine(name);
    } else if (job->place == JobState::Returning) {
      said.outcome = standing_of(job->outcome);
    } else if (job->place == JobState::Running && job->received) {
      said.outcome = Standing::Finished;
    } else if (job->place == JobState::Running) {
      ++reached_["cancel of a running job"];
      request_stop(name, StopReason::Cancelled);
      cancels_.push_back({event.by, event.request, name});
      if (cancels_.size() <= options_.max_pending_cancels) return;
      cancels_.pop_back();
      ++reached_["too many cancels wait"];
    }
  }
  ++reached_["cancel was " + std::string(to_string(said.was)) + ", is " +
             std::string(to_string(said.outcome))];
  expected_.push_back(said);
}

void Model::answer_cancels(const Name& name, Standing outcome) {
  for (const PendingCancel& cancel : cancels_) {
    if (cancel.job != name) continue;
    expected_.push_back(AnswerCancel{cancel.by, cancel.request, Standing::Running, outcome});
    ++reached_["cancelled job ended: " + std::string(to_string(outcome))];
  }
  std::erase_if(cancels_, [&](const PendingCancel& cancel) { return cancel.job == name; });
}

void Model::on(const CancelMatching& event) {
  sessions_.at(event.by).last_heard = now_;
  AnswerMatching said{event.by, event.request};
  std::vector<Name> found;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    const bool runs = job.place == JobState::Running && !job.stopping;
    if (!job.waits() && !runs) return;
    if (sessions_.at(id).principal != sessions_.at(event.by).principal) return;
    if (event.queue.valid() && job.queue != event.queue) return;
    if (event.tenant.valid() && job.tenant != event.tenant) return;
    said.delayed += job.place == JobState::Delayed ? 1 : 0;
    said.queued += job.place == JobState::Queued ? 1 : 0;
    said.running += runs ? 1 : 0;
    found.emplace_back(id, sequence);
  });
  ++reached_[event.dry_run ? "cancels matching, only counted" : "cancels matching"];
  if (event.dry_run) found.clear();
  for (const Name& name : found) {
    if (job_at(name).place == JobState::Running) {
      request_stop(name, StopReason::Cancelled);
    } else {
      answer(name, {Outcome::Cancelled, ErrorCode::Cancelled});
    }
  }
  expected_.push_back(said);
}

/// Who is to stop for good is not told so again, nor that it is over its time limit.
void Model::request_stop(const Name& name, StopReason why) {
  Job& job = job_at(name);
  if (job.stopping && (job.stopping != StopReason::TimeLimit || why == StopReason::TimeLimit)) {
    return;
  }
  job.stopping = why;
  job.overdue_at = now_ + options_.stop_timeout;
  expected_.push_back(RequestStop{job.worker, job.lease, why});
}

void Model::on(const JobStopped& event) {
  const auto name = reported(event.worker, event.lease, PayloadRef{});
  if (!name) return;
  const StateId state = job_at(*name).state;
  ++reached_[job_at(*name).stopping ? "attempt stopped" : "attempt stopped unasked"];
  answer_stopped(*name, &AttemptLedger::stopped);
  note_holding(event.worker, state, event.report);
  dismiss_if_drained(event.worker);
}

void Model::answer_stopped(const Name& name, std::uint64_t AttemptLedger::*how) {
  Job& job = job_at(name);
  if (job.stopping == StopReason::TimeLimit) return over_time_limit(name);
  if (job.stopping) {
    ++(tally(job).attempts.*how);
    return answer(name, {Outcome::Cancelled, ErrorCode::Cancelled});
  }
  if (job.attempts < options_.max_attempts) return back_off(name, how, job.attempts);
  ++(tally(job).attempts.*how);
  answer(name, {Outcome::Failed, ErrorCode::AttemptsExhausted});
}

void Model::over_time_limit(const Name& name) {
  Job& job = job_at(name);
  ++reached_["over its time limit"];
  if (job.attempts < options_.max_attempts) {
    return back_off(name, &AttemptLedger::stopped, job.attempts);
  }
  ++tally(job).attempts.stopped;
  ++reached_["every attempt over its time limit"];
  answer(name, {Outcome::Failed, ErrorCode::OverTimeLimit});
}

void Model::on(const StopIgnored& event) {
  const auto name = reported(event.worker, event.lease, PayloadRef{});
  if (name && job_at(*name).stopping) ignore_stop(*name);
}

/// Who cancels is told; a job over its time limit goes on elsewhere, and the slot stays taken.
void Model::ignore_stop(const Name& name) {
  Job& job = job_at(name);
  ++troubles_.ignored_stops;
  ++reached_["stop ignored"];
  job.overdue_at.reset();
  if (job.stopping != StopReason::TimeLimit) return answer_cancels(name, Standing::Running);
  const WorkerId worker = job.worker;
  workers_.at(worker).overdue.insert(job.lease);
  ++reached_["slot taken by work that was given up"];
  over_time_limit(name);
  dismiss_if_drained(worker);
}

void Model::on(const JobProgressed& event) {
  workers_.at(event.worker).last_heard = now_;
  for (auto& [id, session] : sessions_) {
    for (auto& [sequence, job] : session.jobs) {
      const bool runs = job.place == JobState::Running && job.worker == event.worker;
      if (!runs || job.lease != event.lease) continue;
      job.renewed = now_;
      job.progress = std::min<std::uint8_t>(event.percent, 100);
      if (job.time_limit > Duration() && !job.stopping) job.overdue_at = now_ + job.time_limit;
      ++reached_["progress"];
    }
  }
}

void Model::look_at_hung() {
  std::vector<Name> hung;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    const bool runs = job.place == JobState::Running;
    if (runs && job.overdue_at && *job.overdue_at <= now_) hung.emplace_back(id, sequence);
  });
  for (const Name& name : hung) {
    if (job_at(name).stopping) {
      ignore_stop(name);
    } else {
      ++troubles_.hung;
      request_stop(name, StopReason::TimeLimit);
    }
  }
}

/// It is settled, kept, and whoever waited for it was told. Beyond the limit the oldest goes.
void Model::quarantine(const Name& name) {
  Job& job = job_at(name);
  job.place = JobState::Quarantined;
  job.detached = true;
  job.received = false;
  job.quarantined_at = steps_;
  quarantined_.push_back(name);
  ++reached_["quarantined"];
  append_if_journalled(Append::What::Changed, name);
  while (quarantined_.size() > options_.max_quarantined_jobs) {
    // Which of those that came in one step is the oldest is the scheduler's to say.
    const std::uint64_t oldest = job_at(quarantined_.front()).quarantined_at;
    const auto goes = std::ranges::find_if(quarantined_, [&](const Name& one) {
      return job_at(one).quarantined_at == oldest &&
             scheduler_->find(one.first, one.second) == kNoJob;
    });
    require(goes != quarantined_.end(), "the oldest job stays in a quarantine that is full");
    ++troubles_.dropped_from_quarantine;
    ++reached_["dropped from a full quarantine"];
    drop_from_quarantine(Name(*goes));
  }
}

void Model::on(const QuarantineDecided& event) {
  sessions_.at(event.by).last_heard = now_;
  AnswerQuarantine said{event.by, event.request};
  Job* const job = may_know(event.by, event.session, event.sequence)
                       ? find(event.session, event.sequence)
                       : nullptr;
  if (job != nullptr && job->place == JobState::Quarantined) {
    said.outcome = event.release ? Standing::Queued : Standing::Cancelled;
    ++reached_[event.release ? "released from quarantine" : "dropped from quarantine"];
    const Name name{event.session, event.sequence};
    event.release ? release_from_quarantine(name) : drop_from_quarantine(name);
  }
  expected_.push_back(said);
}

/// It runs as if it had just been handed in, and what comes of it is stored.
void Model::release_from_quarantine(const Name& name) {
  Job& job = job_at(name);
  std::erase(quarantined_, name);
  job.place = JobState::Queued;
  job.outcome = Outcome::Finished;
  job.error.reset();
  job.attempts = 0;
  job.deaths = 0;
  job.keep = true;
  job.given = false;
  job.is_new = false;
  job.arrival = now_;
  job.order = ++orders_;
  job.start_by = strategy::kNever;
  append_if_journalled(Append::What::Changed, name);
  if (stopping_ && !job.journal) answer(name, {Outcome::Cancelled, ErrorCode::Stopped});
}

void Model::drop_from_quarantine(const Name& name) {
  Job& job = job_at(name);
  std::erase(quarantined_, name);
  ++tally(job).jobs.cancelled;
  expect_forgotten(name.first, job.payload);
  release(name);
  end_if_done(name.first);
}

}  // namespace steelyard::core
