#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for reports, and for how jobs are answered and settled.
namespace steelyard::core {

void Model::lose(SessionId id, std::uint64_t sequence, bool begun) {
  Job& job = sessions_.at(id).jobs.at(sequence);
  job.was_lost = true;
  if (!begun) {
    --job.attempts;
    ++reached_["lost before it began"];
  }
  if (job.attempts < options_.max_attempts || job.received) {
    return requeue(id, sequence, &AttemptLedger::lost);
  }
  ++tally(job).attempts.lost;
  ++reached_["attempts exhausted by loss"];
  answer(id, sequence, {Outcome::Failed, ErrorCode::AttemptsExhausted});
}

std::optional<std::pair<SessionId, std::uint64_t>> Model::reported(WorkerId worker, Lease lease,
                                                                   PayloadRef brought) {
  keep(brought);
  workers_.at(worker).last_heard = now_;
  std::optional<std::pair<SessionId, std::uint64_t>> found;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.place == JobState::Running && job.worker == worker && job.lease == lease) {
      found = {id, sequence};
    }
  });
  if (found) return found;
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
    expect_forgotten(SessionId::none(), brought);
    return std::nullopt;
  }
  ++stale_reports_;
  ++reached_[granted_.contains(lease) ? "stale report" : "forged report"];
  expected_.push_back(RefuseStale{worker, lease});
  expect_forgotten(SessionId::none(), brought);
  return std::nullopt;
}

void Model::learn(Job& job, const AttemptReport& report) {
  job.run_time =
      std::chrono::duration_cast<std::chrono::microseconds>(report.run_time + report.load_time);
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

/// The attempt has ended, if there was one.
void Model::free_worker(Job& job) {
  if (job.worker.valid()) workers_.at(job.worker).held_up = false;
  job.worker = WorkerId::none();
}

void Model::on(const JobFinished& event) {
  const auto name = reported(event.worker, event.lease, event.result);
  if (!name) return;
  Job& job = sessions_.at(name->first).jobs.at(name->second);
  const StateId state = job.state;
  learn(job, event.report);
  ++tally(job).attempts.completed;
  answer(name->first, name->second,
         {Outcome::Finished, std::nullopt, event.result, event.delivered});
  note_holding(event.worker, state, event.report);
  dismiss_if_drained(event.worker);
}

void Model::on(const JobFailed& event) {
  const auto name = reported(event.worker, event.lease, event.error);
  if (!name) return;
  Job& job = sessions_.at(name->first).jobs.at(name->second);
  const StateId state = job.state;
  learn(job, event.report);
  if (event.retry && !stopping_ && job.attempts < options_.max_attempts) {
    expect_forgotten(name->first, event.error);
    requeue(name->first, name->second, &AttemptLedger::failed);
    ++reached_["failed attempt retried"];
  } else {
    const ErrorCode code = event.retry ? ErrorCode::AttemptsExhausted : ErrorCode::WorkFailed;
    if (event.retry) ++reached_["attempts exhausted by failure"];
    ++tally(job).attempts.failed;
    answer(name->first, name->second, {Outcome::Failed, code, event.error, event.delivered});
  }
  note_holding(event.worker, state, event.report);
  dismiss_if_drained(event.worker);
}

void Model::on(const JobHandedBack& event) {
  const auto name = reported(event.worker, event.lease, PayloadRef{});
  if (!name) return;
  --sessions_.at(name->first).jobs.at(name->second).attempts;
  requeue(name->first, name->second, &AttemptLedger::handed_back);
  workers_.at(event.worker).held_up = true;
  ++reached_["handed back"];
  dismiss_if_drained(event.worker);
}

void Model::requeue(SessionId id, std::uint64_t sequence, std::uint64_t AttemptLedger::*how) {
  Session& session = sessions_.at(id);
  Job& job = session.jobs.at(sequence);
  ++(tally(job).attempts.*how);
  if (job.received) return answer(id, sequence, {Outcome::Finished});
  job.place = JobState::Queued;
  free_worker(job);
  if (session.closing && !job.keep) {
    ++reached_["returned job of a closed session"];
    answer(id, sequence, {Outcome::Cancelled, ErrorCode::Cancelled});
  } else if (stopping_) {
    ++reached_["returned job after the stop"];
    answer(id, sequence, {Outcome::Cancelled, ErrorCode::Stopped});
  }
}

void Model::answer(SessionId id, std::uint64_t sequence, const Ending& ending) {
  Session& session = sessions_.at(id);
  Job& job = session.jobs.at(sequence);
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
  } else if (ending.delivered) {
    require(session.answers.emplace(sequence, Answer{ending.error, ending.result}).second,
            "a job was answered twice");
  }
  const bool wanted = !session.closing && !job.received;
  if (wanted && job.kept) return;
  if (wanted && !ending.delivered) {
    expect_delivery(id, sequence);
    returns_.through_broker += ending.outcome != Outcome::Cancelled ? 1 : 0;
  }
  if (!wanted || !session.receipts) return settle(id, sequence);
  expect_forgotten(id, job.payload);
  job.payload = {};
}

void Model::settle(SessionId id, std::uint64_t sequence) {
  Session& session = sessions_.at(id);
  Job& job = session.jobs.at(sequence);
  Tally& sum = tally(job);
  sum.jobs.finished += job.outcome == Outcome::Finished ? 1 : 0;
  sum.jobs.failed += job.outcome == Outcome::Failed ? 1 : 0;
  sum.jobs.cancelled += job.outcome == Outcome::Cancelled ? 1 : 0;
  expect_forgotten(id, job.payload);
  job.payload = {};
  const WorkerId keeper = job.kept ? job.worker : WorkerId::none();
  if (keeper.valid()) expected_.push_back(ReleaseResult{keeper, job.lease});
  settled_.emplace_back(id, sequence);
  if (job.keep && !keeper.valid() && !job.received) {
    store(job);
  } else {
    expect_forgotten(id, job.result);
    session.jobs.erase(sequence);
  }
  if (keeper.valid()) dismiss_if_drained(keeper);
  end_if_done(id);
}

void Model::on(const StopRequested&) {
  if (stopping_) return;
  stopping_ = true;
  std::vector<std::pair<SessionId, std::uint64_t>> queued;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.place == JobState::Queued) queued.emplace_back(id, sequence);
  });
  for (const auto& [id, sequence] : queued) {
    ++reached_["queued job stopped"];
    answer(id, sequence, {Outcome::Cancelled, ErrorCode::Stopped});
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

void Model::expect_delivery(SessionId id, std::uint64_t sequence) {
  const Job& job = sessions_.at(id).jobs.at(sequence);
  expected_.push_back(
      Deliver{id, sequence, job.error, job.result, job.payload, job.waited, job.run_time});
}

}  // namespace steelyard::core
