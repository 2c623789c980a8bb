#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for answers that are kept, and for sessions that end with their last job.
namespace steelyard::core {

void Model::on(const SessionEnding& event) {
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  session.ending = true;
  end_if_done(event.session);
}

/// A session that takes no more jobs ends when the last one is settled, and is forgotten when the
/// last answer is.
void Model::end_if_done(SessionId id) {
  Session& session = sessions_.at(id);
  bool has_unsettled = false;
  for (const auto& [sequence, job] : session.jobs) {
    has_unsettled = has_unsettled || job.place != JobState::Stored;
  }
  if (session.ending && !session.closing && !has_unsettled) {
    session.closing = true;
    expected_.push_back(EndSession{id});
    ++reached_["session ended"];
  }
  if (session.closing && session.jobs.empty() && ended_.insert(id).second) {
    expected_.push_back(ForgetSession{id});
  }
}

void Model::store(Job& job) {
  job.place = JobState::Stored;
  job.expires =
      now_ + (job.outcome == Outcome::Cancelled ? options_.cancelled_job_ttl : options_.result_ttl);
  ++reached_["answer stored"];
}

void Model::expire_stored() {
  std::vector<std::pair<SessionId, std::uint64_t>> due;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.place == JobState::Stored && job.expires <= now_) due.emplace_back(id, sequence);
  });
  for (const auto& [id, sequence] : due) {
    Session& session = sessions_.at(id);
    expect_forgotten(id, session.jobs.at(sequence).result);
    session.jobs.erase(sequence);
    end_if_done(id);
    ++reached_["stored answer expired"];
  }
}

void Model::on(const JobAsked& event) {
  sessions_.at(event.by).last_heard = now_;
  AnswerJob answer;
  answer.session = event.by;
  answer.request = event.request;
  const auto session = sessions_.find(event.session);
  const bool exists = session != sessions_.end() && event.sequence > 0 &&
                      session->second.principal == sessions_.at(event.by).principal &&
                      event.sequence <= session->second.watermark;
  if (exists) {
    answer.standing = Standing::Gone;
    const auto found = session->second.jobs.find(event.sequence);
    if (found != session->second.jobs.end()) describe(found->second, answer);
  }
  ++reached_["asked: " + std::to_string(static_cast<int>(answer.standing))];
  expected_.push_back(answer);
}

void Model::describe(Job& job, AnswerJob& answer) {
  answer.waited = job.waited;
  answer.run_time = job.run_time;
  if (job.place == JobState::Queued) answer.standing = Standing::Queued;
  if (job.place == JobState::Running) answer.standing = Standing::Running;
  if (job.place == JobState::Returning) answer.standing = Standing::Returning;
  if (job.place != JobState::Stored) return;
  job.expires = now_ + options_.asked_result_ttl;
  answer.error = job.error;
  answer.result = job.result;
  answer.standing = job.outcome == Outcome::Finished ? Standing::Finished
                    : job.outcome == Outcome::Failed ? Standing::Failed
                                                     : Standing::Cancelled;
}

}  // namespace steelyard::core
