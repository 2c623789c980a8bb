#include <algorithm>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for sessions.
namespace steelyard::core {

void Model::on(const SessionOpened& event) {
  const bool resumed = sessions_.contains(event.session);
  Session& session = sessions_[event.session];
  session.last_heard = now_;
  session.away = false;
  if (!resumed) {
    session.principal = event.principal;
    session.receipts = event.receipts;
    session.serial = ++serials_;
    return;
  }
  for (const auto& [sequence, job] : session.jobs) {
    const bool is_given = job.place == JobState::Returning && !job.kept;
    if (!is_given && !job.given) continue;
    if (job.given) ++reached_["answer from the log given again"];
    expect_delivery(event.session, sequence);
    ++reached_["answer given again to a resumed session"];
  }
}

void Model::on(const SessionBeat& event) {
  sessions_.at(event.session).last_heard = now_;
}

void Model::on(const SessionClosed& event) {
  close(event.session);
}

void Model::begin_to_close(SessionId id) {
  sessions_.at(id).closing = true;
  std::erase_if(cancels_, [&](const PendingCancel& cancel) { return cancel.by == id; });
}

void Model::close(SessionId id) {
  Session& session = sessions_.at(id);
  if (session.closing) return;
  begin_to_close(id);
  std::vector<std::uint64_t> sequences;
  for (const auto& [sequence, job] : session.jobs) sequences.push_back(sequence);
  for (const std::uint64_t sequence : sequences) close_job({id, sequence});
  end_if_done(id);
}

/// What outlives its session goes on; of its result, if only a worker has it, there is to be a
/// copy.
void Model::close_job(const Name& name) {
  Job* const job = find(name.first, name.second);
  if (job == nullptr) return;
  const bool goes_on = job->outlives_session();
  if (job->waits() && !goes_on) {
    ++reached_["queued job of a closed session"];
    answer(name, {Outcome::Cancelled, ErrorCode::Cancelled});
  } else if (job->place == JobState::Running && !goes_on) {
    ++reached_["running job of a closed session is stopped"];
    request_stop(name, StopReason::Unwanted);
  } else if (job->place == JobState::Returning && goes_on && job->kept) {
    ask_for_result(*job);
  } else if (job->place == JobState::Returning) {
    settle(name);
  }
}

void Model::on(const SessionEnding& event) {
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  session.ending = true;
  end_if_done(event.session);
}

void Model::on(const SessionAborted& event) {
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  session.ending = true;
  std::vector<std::uint64_t> sequences;
  for (const auto& [sequence, job] : session.jobs) sequences.push_back(sequence);
  for (const std::uint64_t sequence : sequences) {
    Job* const job = find(event.session, sequence);
    if (job == nullptr) continue;
    if (job->waits()) {
      answer({event.session, sequence}, {Outcome::Cancelled, ErrorCode::Cancelled});
    } else if (job->place == JobState::Running) {
      request_stop({event.session, sequence}, StopReason::Cancelled);
      ++reached_["running job of an aborted session"];
    }
  }
  end_if_done(event.session);
}

/// A session that takes no more jobs ends when the last one is settled, and is forgotten when the
/// last answer is.
void Model::end_if_done(SessionId id) {
  Session& session = sessions_.at(id);
  bool has_unsettled = false;
  for (const auto& [sequence, job] : session.jobs) has_unsettled |= !job.is_settled();
  if (session.ending && !session.closing && !has_unsettled) {
    begin_to_close(id);
    expected_.push_back(EndSession{id});
    ++reached_["session ended"];
  }
  if (session.closing && session.jobs.empty() && ended_.insert(id).second) {
    expected_.push_back(ForgetSession{id});
  }
}

void Model::on(const NumbersSpent& event) {
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  session.watermark = std::max(session.watermark, event.through);
  acknowledge(event.session, QueueId::none(), 0);
}

/// Who asks must be of the job's own principal, and the job must have been handed in.
bool Model::may_know(SessionId by, SessionId id, std::uint64_t sequence) const {
  const auto session = sessions_.find(id);
  return session != sessions_.end() && sequence > 0 &&
         session->second.principal == sessions_.at(by).principal &&
         sequence <= session->second.highest();
}

Model::Job* Model::find(SessionId id, std::uint64_t sequence) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return nullptr;
  const auto job = session->second.jobs.find(sequence);
  return job == session->second.jobs.end() ? nullptr : &job->second;
}

}  // namespace steelyard::core
