#include <algorithm>
#include <tuple>
#include <vector>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for jobs that wait for their time, and for those whose time is over.
namespace steelyard::core {

/// After so many failures another attempt waits for half the time of the rule at least, and for all
/// of it at most.
void Model::back_off(const Name& name, std::uint64_t AttemptLedger::*how, std::uint32_t failures) {
  Duration longest = failures == 0 ? Duration() : options_.retry_first;
  for (std::uint32_t i = 1; i < failures; ++i) longest = std::min(2 * longest, options_.retry_max);
  longest = std::min(longest, options_.retry_max);
  requeue(name, how, longest);
}

/// Those whose time has come: new ones at the end, those that were tried already in front.
void Model::queue_delayed() {
  std::vector<std::tuple<TimePoint, SessionId, std::uint64_t>> due;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.place == JobState::Delayed && job.due_by <= now_)
      due.emplace_back(job.due_by, id, sequence);
  });
  std::ranges::sort(due);
  for (const auto& [when, id, sequence] : due) {
    Job& job = job_at({id, sequence});
    job.place = JobState::Queued;
    ++reached_[job.is_new ? "delayed job is due" : "another attempt is due"];
    if (!std::exchange(job.is_new, false)) continue;
    job.order = ++orders_;
    job.arrival = now_;
  }
}

void Model::expire(const std::function<bool(SessionId, std::uint64_t, const Job&)>& is_over) {
  std::vector<Name> late;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.waits() && is_over(id, sequence, job)) late.emplace_back(id, sequence);
  });
  for (const Name& name : late) answer(name, {Outcome::Expired, ErrorCode::Expired});
}

void Model::expire_late() {
  expire([&](SessionId, std::uint64_t, const Job& job) {
    if (job.start_by <= now_) ++reached_["expired by its timer"];
    return job.start_by <= now_;
  });
}

/// One that comes too late may be noticed when it was to be assigned.
void Model::expire_noticed() {
  expire([&](SessionId id, std::uint64_t sequence, const Job& job) {
    if (job.place != JobState::Queued || job.start_by > now_) return false;
    const std::uint32_t slot = scheduler_->find(id, sequence);
    const JobState place = slot == kNoJob ? JobState::Free : scheduler_->jobs()[slot].state;
    const bool noticed = place != JobState::Queued && place != JobState::Running;
    if (noticed) ++reached_["expired when it was to be assigned"];
    return noticed;
  });
}

void Model::start_sweeping() {
  if (next_sweep_ == strategy::kNever) next_sweep_ = now_ + sweep_period();
  if (options_.unserved_ttl > Duration() && next_unserved_look_ == strategy::kNever) {
    next_unserved_look_ = now_ + unserved_period();
  }
}

Duration Model::unserved_period() const {
  return std::max<Duration>(options_.unserved_ttl / 10, std::chrono::milliseconds(10));
}

std::set<QueueId> Model::served() const {
  std::set<QueueId> queues;
  for (const auto& [id, worker] : workers_) {
    queues.insert(worker.queues.begin(), worker.queues.end());
  }
  return queues;
}

/// At the end of a step: what was served when it began and is no more.
void Model::note_unserved(const std::set<QueueId>& served_before) {
  const std::set<QueueId> served_now = served();
  for (const QueueId queue : served_before) {
    if (!served_now.contains(queue)) unserved_since_[queue] = now_;
  }
}

/// Jobs whose queue nobody has served for too long.
void Model::fail_unserved() {
  if (now_ < next_unserved_look_) return;
  bool is_empty = true;
  std::vector<Name> unserved;
  const std::set<QueueId> served_now = served();
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    is_empty = false;
    if (job.place != JobState::Queued || served_now.contains(job.queue)) return;
    const auto since = unserved_since_.find(job.queue);
    const TimePoint from =
        since == unserved_since_.end() ? job.arrival : std::max(job.arrival, since->second);
    if (from + options_.unserved_ttl <= now_) unserved.emplace_back(id, sequence);
  });
  next_unserved_look_ = is_empty ? strategy::kNever : now_ + unserved_period();
  for (const Name& name : unserved) {
    ++reached_["nobody served its queue for too long"];
    answer(name, {Outcome::Failed, ErrorCode::NoSuchTask});
  }
}

Duration Model::sweep_period() const {
  return std::max<Duration>(options_.max_job_age / 100, std::chrono::seconds(1));
}

/// Nothing waits or runs for ever.
void Model::sweep_old() {
  if (now_ < next_sweep_) return;
  bool is_empty = true;
  std::vector<Name> running;
  each_job([&](SessionId id, std::uint64_t sequence, const Job& job) {
    is_empty = false;
    const bool is_old = job.arrival + options_.max_job_age <= now_;
    if (is_old && job.place == JobState::Running && !job.stopping) {
      running.emplace_back(id, sequence);
    }
  });
  next_sweep_ = is_empty ? strategy::kNever : now_ + sweep_period();
  expire([&](SessionId, std::uint64_t, const Job& job) {
    const bool is_old = job.arrival + options_.max_job_age <= now_;
    if (is_old) ++reached_["too old to wait on"];
    return is_old;
  });
  for (const Name& name : running) {
    ++reached_["too old to run on"];
    request_stop(name, StopReason::Unwanted);
  }
}

}  // namespace steelyard::core
