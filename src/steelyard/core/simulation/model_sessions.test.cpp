#include <algorithm>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for sessions and for jobs on their way in.
namespace steelyard::core {

void Model::on(const SessionOpened& event) {
  const bool resumed = sessions_.contains(event.session);
  Session& session = sessions_[event.session];
  session.last_heard = now_;
  if (!resumed) {
    session.principal = event.principal;
    session.receipts = event.receipts;
    return;
  }
  for (const auto& [sequence, job] : session.jobs) {
    if (job.place != JobState::Returning || job.kept) continue;
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

void Model::close(SessionId id) {
  Session& session = sessions_.at(id);
  if (session.closing) return;
  session.closing = true;
  std::vector<std::uint64_t> queued;
  std::vector<std::uint64_t> returning;
  for (const auto& [sequence, job] : session.jobs) {
    if (job.place == JobState::Queued && !job.keep) queued.push_back(sequence);
    if (job.place == JobState::Returning) returning.push_back(sequence);
  }
  for (const std::uint64_t sequence : queued) {
    answer(id, sequence, {Outcome::Cancelled, ErrorCode::Cancelled});
  }
  for (const std::uint64_t sequence : returning) settle(id, sequence);
  if (!queued.empty()) ++reached_["queued job of a closed session"];
  end_if_done(id);
}

void Model::on(const JobsSubmitted& event) {
  if (event.first_payload.valid()) keep(event.first_payload, event.count);
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  const std::uint64_t last = event.first_sequence + event.count - 1;
  std::uint32_t repeated = 0;
  while (repeated < event.count && event.first_sequence + repeated <= session.watermark) {
    const auto job = session.jobs.find(event.first_sequence + repeated);
    if (job != session.jobs.end() && job->second.place == JobState::Returning &&
        !job->second.kept) {
      expect_delivery(event.session, job->first);
      ++reached_["answer given again to a repeated submission"];
    }
    ++repeated;
  }
  if (repeated > 0) expect_forgotten(event.session, event.first_payload, repeated);
  if (repeated > 0 && repeated < event.count) ++reached_["submission repeated in part"];
  session.watermark = std::max(session.watermark, last);

  std::uint32_t place = repeated;
  std::optional<Reject> no;
  for (; place < event.count && !(no = refusal(event)); ++place) accept(event, place, place + 1);
  if (no) {
    no->first_sequence = event.first_sequence + place;
    no->count = event.count - place;
    expected_.push_back(*no);
    const PayloadRef rest{event.first_payload.value + place};
    expect_forgotten(event.session, event.first_payload.valid() ? rest : PayloadRef{}, no->count);
    ++reached_["refused: " + std::string(to_string(no->reason))];
  }
  Job alike;
  alike.queue = event.queue;
  alike.priority = event.priority;
  alike.tags = {event.tags.begin(), event.tags.end()};
  const bool served =
      std::ranges::any_of(workers_, [&](const auto& entry) { return serves(entry.second, alike); });
  const bool unserved = place > repeated && !served;
  expected_.push_back(
      Acknowledge{event.session, session.watermark, unserved ? event.queue : QueueId::none()});
  if (unserved) ++reached_["nobody serves"];
}

void Model::on(const NumbersSpent& event) {
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  session.watermark = std::max(session.watermark, event.through);
  expected_.push_back(Acknowledge{event.session, session.watermark, QueueId::none()});
}

void Model::accept(const JobsSubmitted& event, std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t place = first; place < end; ++place) {
    Job job;
    job.order = ++orders_;
    job.queue = event.queue;
    job.state = event.state;
    job.tags = {event.tags.begin(), event.tags.end()};
    job.tenant = event.tenant;
    job.priority = event.priority;
    job.arrival = now_;
    job.keep = event.keep;
    if (event.first_payload.valid()) job.payload = {event.first_payload.value + place};
    ++tally(job).jobs.accepted;
    const bool is_new =
        keys_.insert({job.queue, job.state, job.tenant, job.priority, job.tags}).second;
    if (is_new && keys_.size() > options_.max_lanes) ++reached_["lane used again"];
    sessions_.at(event.session).jobs.emplace(event.first_sequence + place, job);
    sessions_.at(event.session).accepted.insert(event.first_sequence + place);
  }
}

std::optional<Reject> Model::refusal(const JobsSubmitted& event) const {
  std::uint64_t queued = 0;
  std::int64_t of_user = 0;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (job.place != JobState::Queued) return;
    ++queued;
    of_user += event.tenant.valid() && job.tenant == event.tenant ? 1 : 0;
  });
  const auto over = [&](ErrorCode code, std::int64_t limit) {
    return Reject{event.session, 0, 0, code, limit};
  };
  if (stopping_) return over(ErrorCode::Stopped, 0);
  if (sessions_.at(event.session).ending) return over(ErrorCode::SessionEnded, 0);
  if (queued >= options_.max_queued_jobs) {
    return over(ErrorCode::QueueFull, options_.max_queued_jobs);
  }
  if (sessions_.at(event.session).jobs.size() >= options_.max_unfinished_jobs_per_session) {
    return over(ErrorCode::SessionFull, options_.max_unfinished_jobs_per_session);
  }
  const std::int64_t per_user = options_.max_queued_jobs_per_user;
  if (per_user > 0 && of_user >= per_user) return over(ErrorCode::UserOverLimit, per_user);
  if (lanes_full(event)) return over(ErrorCode::TooManyLanes, options_.max_lanes);
  return std::nullopt;
}

/// Every lane has a job that is not settled, and none of them is the event's.
bool Model::lanes_full(const JobsSubmitted& event) const {
  std::set<Key> keys;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (job.place == JobState::Stored) return;
    keys.insert({job.queue, job.state, job.tenant, job.priority, job.tags});
  });
  const Key key{event.queue,
                event.state,
                event.tenant,
                event.priority,
                {event.tags.begin(), event.tags.end()}};
  return keys.size() >= options_.max_lanes && !keys.contains(key);
}

void Model::on(const CancelRequested& event) {
  sessions_.at(event.by).last_heard = now_;
  Standing outcome = Standing::Unknown;
  const auto session = sessions_.find(event.session);
  if (session != sessions_.end() && event.sequence > 0 &&
      session->second.principal == sessions_.at(event.by).principal &&
      session->second.watermark >= event.sequence) {
    const auto job = session->second.jobs.find(event.sequence);
    outcome = Standing::Finished;
    if (job != session->second.jobs.end() && job->second.place != JobState::Queued &&
        job->second.place != JobState::Running && job->second.error == ErrorCode::Cancelled) {
      outcome = Standing::Cancelled;
    }
    if (job != session->second.jobs.end() && job->second.place == JobState::Running) {
      outcome = Standing::Running;
    } else if (job != session->second.jobs.end() && job->second.place == JobState::Queued) {
      outcome = Standing::Cancelled;
      answer(event.session, event.sequence, {Outcome::Cancelled, ErrorCode::Cancelled});
    }
  }
  expected_.push_back(AnswerCancel{event.by, event.request, outcome});
  ++reached_["cancel " + std::to_string(static_cast<int>(outcome))];
}

}  // namespace steelyard::core
