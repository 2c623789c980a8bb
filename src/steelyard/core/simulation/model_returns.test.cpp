#include <algorithm>
#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for results that workers keep, and for receipts.
namespace steelyard::core {

void Model::on(const ResultsReceived& event) {
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  for (std::uint32_t i = 0; i < event.count; ++i) {
    const std::uint64_t sequence = event.first_sequence + i;
    const auto job = session.jobs.find(sequence);
    if (job != session.jobs.end() && !job->second.is_settled()) {
      receive(event.session, sequence, event.attempt);
    } else if (job != session.jobs.end()) {
      job->second.given = false;
      ++reached_["receipt for a settled job"];
      if (job->second.place == JobState::Quarantined) {
        ++reached_["receipt for a job in quarantine"];
      }
    } else if (sequence == 0 || sequence > session.highest()) {
      ++unfounded_receipts_;
      ++reached_["receipt for nothing"];
    }
    if (ended_.contains(event.session)) return;
  }
}

void Model::receive(SessionId id, std::uint64_t sequence, AttemptNumber attempt) {
  Session& session = sessions_.at(id);
  Job& job = session.jobs.at(sequence);
  const bool was_begun = job.number() > 0 || job.was_lost || job.restored;
  if (job.place != JobState::Returning && (attempt == 0 || !was_begun)) {
    ++unfounded_receipts_;
    ++reached_["receipt too early"];
    return;
  }
  session.received.insert(sequence);
  const WorkerId worker = job.worker;
  switch (job.place) {
    case JobState::Returning:
      returns_.direct += job.kept ? 1 : 0;
      if (!job.keep) job.received = true;
      return settle({id, sequence});
    case JobState::Delayed:
    case JobState::Queued:
      ++returns_.direct;
      ++reached_["result received while the job was queued again"];
      job.place = JobState::Returning;
      job.outcome = Outcome::Finished;
      if (!job.keep) job.received = true;
      return settle({id, sequence});
    default:
      returns_.direct += job.received ? 0 : 1;
      job.received = true;
      if (attempt == job.number()) {
        ++reached_["result received before the notice"];
        return;
      }
      ++reached_["another attempt stopped by a receipt"];
      expected_.push_back(StopOnWorker{worker, job.lease});
      ++tally(job).attempts.stopped;
      answer({id, sequence}, {Outcome::Finished});
      dismiss_if_drained(worker);
  }
}

std::optional<Model::Name> Model::kept_by(WorkerId worker, Lease lease) {
  workers_.at(worker).last_heard = now_;
  std::optional<Name> found;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.kept && job.worker == worker && job.lease == lease) found = {id, sequence};
  });
  if (found) return found;
  stale(worker, lease);
  return std::nullopt;
}

void Model::on(const ResultFetched& event) {
  keep(event.result);
  const auto name = kept_by(event.worker, event.lease);
  if (!name) return expect_forgotten(SessionId::none(), event.result);
  Job& job = job_at(*name);
  reached_[job.asked ? "result fetched" : "result given up unasked"] += 1;
  expected_.push_back(ReleaseResult{event.worker, event.lease});
  job.kept = false;
  job.worker = WorkerId::none();
  job.result = event.result;
  ++returns_.fetched;
  ++returns_.through_broker;
  if (is_heard(*name)) {
    expect_delivery(name->first, name->second);
    expect_forgotten(name->first, job.payload);
    job.payload = {};
  } else {
    ++reached_["result fetched to be stored"];
    settle(*name);
  }
  dismiss_if_drained(event.worker);
}

void Model::on(const ResultMissing& event) {
  const auto name = kept_by(event.worker, event.lease);
  if (!name) return;
  ++reached_["result missing"];
  lose_result(*name);
  dismiss_if_drained(event.worker);
}

void Model::lose_result(const Name& name) {
  Job& job = job_at(name);
  job.kept = false;
  job.worker = WorkerId::none();
  ++returns_.lost;
  if (job.attempts >= options_.max_attempts) {
    ++reached_["attempts exhausted by lost results"];
    const bool was_noted = job.error == ErrorCode::AttemptsExhausted;
    job.outcome = Outcome::Failed;
    job.error = ErrorCode::AttemptsExhausted;
    if (!was_noted) expect_failure(name);
    if (!is_heard(name)) return settle(name);
    expect_delivery(name.first, name.second);
    expect_forgotten(name.first, job.payload);
    job.payload = {};
    return;
  }
  ++reached_["result lost"];
  job.place = JobState::Queued;
  job.error.reset();
  if (stopping_ && !job.journal) answer(name, {Outcome::Cancelled, ErrorCode::Stopped});
}

void Model::lose_kept(WorkerId id, const std::function<bool(const Job&)>& is_lost) {
  std::vector<Name> lost;
  each_job([&](SessionId session, std::uint64_t sequence, const Job& job) {
    if (job.kept && job.worker == id && is_lost(job)) lost.emplace_back(session, sequence);
  });
  for (const Name& name : lost) lose_result(name);
}

/// What is due is asked for, and what was asked for in vain is lost.
void Model::look_at_kept() {
  std::vector<Name> lost;
  for (auto& [id, session] : sessions_) {
    for (auto& [sequence, job] : session.jobs) {
      if (!job.kept || job.renewed + options_.return_timeout > now_) continue;
      if (job.asked) {
        lost.emplace_back(id, sequence);
        continue;
      }
      ask_for_result(job);
    }
  }
  for (const Name& name : lost) {
    ++reached_["result fetched in vain"];
    const WorkerId worker = job_at(name).worker;
    lose_result(name);
    dismiss_if_drained(worker);
  }
}

void Model::ask_for_result(Job& job) {
  if (job.asked) return;
  job.asked = true;
  job.renewed = now_;
  expected_.push_back(FetchResult{job.worker, job.lease});
}

bool Model::keeps_results(WorkerId id) const {
  bool keeps = false;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    keeps = keeps || (job.kept && job.worker == id);
  });
  return keeps;
}

}  // namespace steelyard::core
