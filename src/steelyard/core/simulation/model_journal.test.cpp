#include <algorithm>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for the log: what is appended, what waits for it, and what comes back from it.
namespace steelyard::core {

void Model::append(Append::What what, const Name& name, std::uint32_t count) {
  appended_ += count;
  expected_.push_back(Append{what, name.first, name.second, count});
}

void Model::append_if_journalled(Append::What what, const Name& name) {
  if (job_at(name).journal) append(what, name);
}

/// Everything that was handed in has been accepted or refused. That is said in its order, and not
/// before that is on disk which asked for it.
void Model::acknowledge(SessionId id, QueueId unserved, std::uint64_t journalled_from) {
  Session& session = sessions_.at(id);
  if (journalled_from == 0 && session.pending_acknowledgements == 0) {
    expected_.push_back(Acknowledge{id, session.watermark, unserved});
    return;
  }
  ++session.pending_acknowledgements;
  ++reached_["acknowledgement held back"];
  unwritten_.push_back(
      {id, session.serial, appended_, journalled_from, session.watermark, unserved});
}

void Model::on(const Persisted& event) {
  require(event.through <= appended_, "the test has written what there is not");
  persisted_ = event.through;
  if (log_failing_) ++reached_["the log takes something again"];
  log_failing_.reset();
  while (!unwritten_.empty() && unwritten_.front().position <= persisted_) {
    const Unwritten next = unwritten_.front();
    unwritten_.erase(unwritten_.begin());
    const auto session = sessions_.find(next.session);
    if (session == sessions_.end() || session->second.serial != next.serial) continue;
    --session->second.pending_acknowledgements;
    expected_.push_back(Acknowledge{next.session, next.through, next.unserved,
                                    next.journalled_from > 0 ? next.through : 0});
  }
}

void Model::on(const LogFailing& event) {
  log_failing_ = event.reason;
  for (const Unwritten& entry : unwritten_) {
    const auto session = sessions_.find(entry.session);
    const bool is_there = session != sessions_.end() && session->second.serial == entry.serial;
    if (entry.journalled_from > 0 && is_there) take_back(entry);
  }
}

/// Of what is not acknowledged, that which has not begun is refused.
void Model::take_back(const Unwritten& entry) {
  Reject run{entry.session, 0, 0, *log_failing_};
  for (std::uint64_t sequence = entry.journalled_from; sequence <= entry.through; ++sequence) {
    Job* const job = find(entry.session, sequence);
    if (job == nullptr || !job->waits() || !job->journal || job->number() > 0) {
      if (run.count > 0) expected_.push_back(run);
      run.count = 0;
      continue;
    }
    if (run.count++ == 0) run.first_sequence = sequence;
    --tally(*job).jobs.accepted;
    sessions_.at(entry.session).accepted.erase(sequence);
    expect_forgotten(entry.session, job->payload);
    release({entry.session, sequence});
    ++reached_["taken back because the log fails"];
  }
  if (run.count > 0) expected_.push_back(run);
  end_if_done(entry.session);
}

void Model::on(const SessionRestored& event) {
  Session session;
  session.principal = event.principal;
  session.away = true;
  session.last_heard = now_;
  session.serial = ++serials_;
  require(sessions_.emplace(event.session, session).second, "the test restored a session twice");
}

void Model::on(const JobRestored& event) {
  const JobsSubmitted& from = event.job;
  keep(from.first_payload);
  keep(event.result);
  Job job;
  job.queue = from.queue;
  job.state = from.state;
  job.tags = {from.tags.begin(), from.tags.end()};
  job.tenant = from.tenant;
  job.priority = from.priority;
  job.payload = from.first_payload;
  job.start_by = from.start_by;
  job.time_limit = from.time_limit;
  job.keep = from.keep;
  job.journal = job.restored = true;
  job.key = from.key;
  job.fingerprint = from.fingerprint;
  job.arrival = std::min(now_, event.arrival);
  unserved_since_[from.queue] = now_;
  job.hop = event.hop;
  job.attempts = std::min<std::uint32_t>(event.attempt, options_.max_attempts - 1U);
  job.deaths = event.deaths;
  job.was_lost = event.deaths > 0 || event.detached;
  job.detached = event.detached;
  Session& session = sessions_.at(from.session);
  session.restored_through = std::max(session.restored_through, from.first_sequence);
  if (from.key.valid()) taken_keys_.insert(from.key);
  keys_.insert({job.queue, job.state, job.tenant, job.priority, job.tags});
  start_sweeping();
  const Name name{from.session, from.first_sequence};
  require(session.jobs.emplace(name.second, job).second, "the test restored a job twice");
  restore_place(name, event);
}

void Model::restore_place(const Name& name, const JobRestored& event) {
  Job& job = job_at(name);
  JobLedger& sum = tally(job).jobs;
  ++sum.accepted;
  job.is_new = false;
  if (event.as == Restored::Waiting && event.job.not_before > now_) {
    ++reached_["restored, and waits for its time"];
    job.place = JobState::Delayed;
    job.due_from = job.due_by = event.job.not_before;
    job.is_new = event.attempt == 0 && event.hop == 0;
    job.order = job.is_new ? 0 : ++orders_;
  } else if (event.as == Restored::Waiting) {
    ++reached_["restored, and waits"];
    job.order = ++orders_;
  } else if (event.as == Restored::Quarantined) {
    ++reached_["restored in quarantine"];
    job.order = ++orders_;
    job.place = JobState::Quarantined;
    job.outcome = Outcome::Quarantined;
    job.error = ErrorCode::Quarantined;
    job.quarantined_at = steps_;
    quarantined_.push_back(name);
  } else {
    ++reached_["restored with its answer"];
    job.order = ++orders_;
    job.place = JobState::Stored;
    job.outcome = event.outcome;
    job.error = event.error;
    job.result = event.result;
    job.waited = std::chrono::duration_cast<std::chrono::microseconds>(event.waited);
    job.run_time = std::chrono::duration_cast<std::chrono::microseconds>(event.run_time);
    job.expires = event.forget_at;
    count_settled(job);
  }
}

}  // namespace steelyard::core
