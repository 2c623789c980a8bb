#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for answers that are kept, and for how a job stands.
namespace steelyard::core {

void Model::store(const Name& name) {
  Job& job = job_at(name);
  job.place = JobState::Stored;
  job.expires =
      now_ + (job.outcome == Outcome::Cancelled ? options_.cancelled_job_ttl : options_.result_ttl);
  ++reached_["answer stored"];
  if (!job.journal) return;
  // Which place in the log it has is known when it is done.
  job.answer_position = UINT64_MAX;
  append(Append::What::Answered, name);
}

/// Nothing is kept of the job any more.
void Model::release(const Name& name) {
  const Job& job = job_at(name);
  expect_forgotten(name.first, job.result);
  if (job.key.valid()) {
    taken_keys_.erase(job.key);
    expected_.push_back(ForgetKey{job.key});
    ++reached_["key is free again"];
  }
  if (job.was_lost) expected_.push_back(ForgetDeaths{name.first, name.second});
  append_if_journalled(Append::What::Forgotten, name);
  sessions_.at(name.first).jobs.erase(name.second);
}

void Model::expire_stored() {
  std::vector<Name> due;
  for (auto& [id, session] : sessions_) {
    for (auto& [sequence, job] : session.jobs) {
      if (job.place != JobState::Stored || job.expires > now_) continue;
      if (job.given && !session.closing) {
        job.expires = now_ + options_.asked_result_ttl;
        ++reached_["stored answer kept for who may have lost it"];
      } else {
        due.emplace_back(id, sequence);
      }
    }
  }
  for (const Name& name : due) {
    release(name);
    end_if_done(name.first);
    ++reached_["stored answer expired"];
  }
}

void Model::on(const JobAsked& event) {
  sessions_.at(event.by).last_heard = now_;
  AnswerJob said;
  said.session = event.by;
  said.request = event.request;
  if (may_know(event.by, event.session, event.sequence)) {
    said.standing = Standing::Gone;
    if (Job* const job = find(event.session, event.sequence)) describe(*job, said);
  }
  ++reached_["asked: " + std::string(to_string(said.standing))];
  expected_.push_back(said);
}

/// What is not on disk is not told as if it were.
Standing Model::standing(const Job& job) const {
  switch (job.place) {
    case JobState::Delayed:
      return Standing::Delayed;
    case JobState::Queued:
      return Standing::Queued;
    case JobState::Running:
      return Standing::Running;
    case JobState::Returning:
      return Standing::Returning;
    default:
      return job.answer_position > persisted_ ? Standing::Returning : standing_of(job.outcome);
  }
}

void Model::describe(Job& job, AnswerJob& said) {
  said.standing = standing(job);
  said.waited = job.waited;
  said.run_time = job.run_time;
  if (job.place == JobState::Running) said.progress = job.progress;
  if (job.place == JobState::Quarantined) said.error = ErrorCode::Quarantined;
  if (job.place != JobState::Stored) return;
  if (job.answer_position > persisted_) {
    ++reached_["asked for an answer that is not on disk"];
    return;
  }
  job.expires = now_ + options_.asked_result_ttl;
  said.error = job.error;
  said.result = job.result;
}

}  // namespace steelyard::core
