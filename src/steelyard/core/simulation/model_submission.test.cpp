#include <algorithm>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for jobs on their way in.
namespace steelyard::core {
namespace {

PayloadRef payload_at(const JobsSubmitted& event, std::uint32_t place) {
  return event.first_payload.valid() ? PayloadRef{event.first_payload.value + place} : PayloadRef{};
}

}  // namespace

void Model::on(const JobsSubmitted& event) {
  if (event.first_payload.valid()) keep(event.first_payload, event.count);
  Session& session = sessions_.at(event.session);
  session.last_heard = now_;
  std::uint32_t repeated = 0;
  while (repeated < event.count && event.first_sequence + repeated <= session.watermark) {
    repeat(event.session, event.first_sequence + repeated);
    ++repeated;
  }
  if (repeated > 0) expect_forgotten(event.session, event.first_payload, repeated);
  if (repeated > 0 && repeated < event.count) ++reached_["submission repeated in part"];
  session.watermark = std::max(session.watermark, event.first_sequence + event.count - 1);

  const std::uint32_t accepted = accept_from(event, repeated);
  if (event.key.valid() && !taken_keys_.contains(event.key)) {
    expected_.push_back(ForgetKey{event.key});
  }
  Job alike;
  alike.queue = event.queue;
  alike.priority = event.priority;
  alike.tags = {event.tags.begin(), event.tags.end()};
  const bool served =
      std::ranges::any_of(workers_, [&](const auto& entry) { return serves(entry.second, alike); });
  const bool unserved = accepted > 0 && !served;
  acknowledge(event.session, unserved ? event.queue : QueueId::none(),
              accepted > 0 && event.journal ? event.first_sequence + repeated : 0);
  if (unserved) ++reached_["nobody serves"];
}

/// A number that was seen before: an answer that may have got lost is given again.
void Model::repeat(SessionId id, std::uint64_t sequence) {
  Job* const job = find(id, sequence);
  if (job == nullptr || !job->has_answer()) return;
  job->given = job->is_settled();
  expect_delivery(id, sequence);
  ++reached_["answer given again to a repeated submission"];
}

/// Accepts as many as the limits allow of those from `first` on, and returns how many these are.
std::uint32_t Model::accept_from(const JobsSubmitted& event, std::uint32_t first) {
  std::uint32_t accepted = 0;
  std::uint32_t run = 0;  // of new ones, up to `place`
  std::uint32_t place = first;
  const auto log_run = [&] {
    if (run > 0 && event.journal) {
      append(Append::What::Submitted, {event.session, event.first_sequence + place - run}, run);
    }
    run = 0;
  };
  for (; place < event.count; ++place) {
    if (find(event.session, event.first_sequence + place) != nullptr) {
      log_run();
      repeat(event.session, event.first_sequence + place);
      expect_forgotten(event.session, payload_at(event, place));
      ++reached_["submission of what the log had kept"];
      continue;
    }
    auto no = refusal_for_key(event);
    if (!no) no = refusal(event);
    if (no) {
      refuse(event, place, *no);
      break;
    }
    accept(event, place);
    ++accepted;
    ++run;
  }
  log_run();
  return accepted;
}

void Model::refuse(const JobsSubmitted& event, std::uint32_t place, Reject no) {
  no.first_sequence = event.first_sequence + place;
  no.count = event.count - place;
  expected_.push_back(no);
  expect_forgotten(event.session, payload_at(event, place), no.count);
  ++reached_["refused: " + std::string(to_string(no.reason))];
}

void Model::accept(const JobsSubmitted& event, std::uint32_t place) {
  Job job;
  job.queue = event.queue;
  job.state = event.state;
  job.tags = {event.tags.begin(), event.tags.end()};
  job.tenant = event.tenant;
  job.priority = event.priority;
  job.arrival = now_;
  job.start_by = event.start_by;
  job.time_limit = event.time_limit;
  job.keep = event.keep;
  job.journal = event.journal;
  job.key = event.key;
  job.fingerprint = event.fingerprint;
  job.payload = payload_at(event, place);
  if (event.key.valid()) taken_keys_.insert(event.key);
  if (event.not_before > now_) {
    job.place = JobState::Delayed;
    job.due_from = job.due_by = event.not_before;
    ++reached_["delayed submission"];
  } else {
    job.order = ++orders_;
    job.is_new = false;
  }
  ++tally(job).jobs.accepted;
  start_sweeping();
  const bool is_new =
      keys_.insert({job.queue, job.state, job.tenant, job.priority, job.tags}).second;
  if (is_new && keys_.size() > options_.max_lanes) ++reached_["lane used again"];
  sessions_.at(event.session).jobs.emplace(event.first_sequence + place, job);
  sessions_.at(event.session).accepted.insert(event.first_sequence + place);
}

std::optional<Reject> Model::refusal_for_key(const JobsSubmitted& event) const {
  if (!event.key.valid()) return std::nullopt;
  std::optional<Reject> no;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.key != event.key) return;
    require(!no, "two jobs have one key");
    const bool is_same = job.fingerprint == event.fingerprint;
    no = Reject{
        event.session, 0, 0, is_same ? ErrorCode::DuplicateKey : ErrorCode::KeyConflict, 0, {}, id,
        sequence};
  });
  return no;
}

std::optional<Reject> Model::refusal(const JobsSubmitted& event) const {
  const auto no = [&](ErrorCode code) { return Reject{event.session, 0, 0, code}; };
  if (stopping_) return no(ErrorCode::Stopped);
  if (sessions_.at(event.session).ending) return no(ErrorCode::SessionEnded);
  if (event.start_by <= now_) return no(ErrorCode::Expired);
  if (event.journal && !options_.has_log) return no(ErrorCode::NotJournalled);
  if (event.journal && log_failing_) return no(*log_failing_);
  return over_limit(event);
}

std::optional<Reject> Model::over_limit(const JobsSubmitted& event) const {
  std::uint64_t waiting = 0;
  std::uint64_t of_queue = 0;
  std::int64_t of_user = 0;
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (!job.waits()) return;
    ++waiting;
    of_queue += job.queue == event.queue ? 1 : 0;
    of_user += event.tenant.valid() && job.tenant == event.tenant ? 1 : 0;
  });
  const auto over = [&](ErrorCode code, std::int64_t limit) {
    return Reject{event.session, 0, 0, code, limit};
  };
  if (waiting >= options_.max_queued_jobs) {
    return over(ErrorCode::QueueFull, options_.max_queued_jobs);
  }
  const std::uint32_t per_queue = options_.max_queued_jobs_per_queue;
  if (per_queue > 0 && of_queue >= per_queue) return over(ErrorCode::QueueOverLimit, per_queue);
  if (sessions_.at(event.session).jobs.size() >= options_.max_unfinished_jobs_per_session) {
    return over(ErrorCode::SessionFull, options_.max_unfinished_jobs_per_session);
  }
  const std::int64_t per_user = options_.max_queued_jobs_per_user;
  if (per_user > 0 && of_user >= per_user) return over(ErrorCode::UserOverLimit, per_user);
  if (lanes_full(event)) return over(ErrorCode::TooManyLanes, options_.max_lanes);
  return std::nullopt;
}

/// Every lane has a job that is not settled, and none of them is the event's. What came back from
/// the log has its lanes, however many there are.
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
  const std::size_t limit = std::max(options_.max_lanes, scheduler_->lanes().size());
  return keys.size() >= limit && !keys.contains(key);
}

}  // namespace steelyard::core
