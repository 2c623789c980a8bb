#include "steelyard/core/simulation/naive_log.test.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/core/simulation/model.test.hpp"

namespace steelyard::core {
namespace {

NaiveLog::Kept describe(std::uint32_t slot, const Scheduler& scheduler, TimePoint now) {
  const Job& job = scheduler.jobs()[slot];
  NaiveLog::Kept kept;
  kept.job.not_before = scheduler.delayed_until(slot).value_or(TimePoint());
  kept.job.start_by = job.start_by;
  kept.job.keep = job.keep;
  kept.job.queue = scheduler.lanes().info(job.lane).queue;
  kept.job.state = scheduler.lanes().info(job.lane).state;
  kept.hop = job.hop;
  kept.attempt = job.attempt;
  kept.deaths = job.deaths;
  kept.detached = job.detached;
  kept.has_result = job.result.valid();
  kept.outcome = job.outcome;
  if (job.error != 0) kept.error = static_cast<ErrorCode>(job.error - 1);
  kept.waited = std::chrono::microseconds(job.waited_us);
  kept.run_time = std::chrono::microseconds(job.run_time_us);
  kept.forget_at = now + scheduler.options().result_ttl;
  if (job.state == JobState::Quarantined) kept.as = Restored::Quarantined;
  if (job.state == JobState::Stored) kept.as = Restored::Answered;
  return kept;
}

}  // namespace

void NaiveLog::append(const Append& action, const Scheduler& scheduler, TimePoint now,
                      const JobsSubmitted* running) {
  for (std::uint32_t i = 0; i < action.count; ++i) {
    Record record{action.what, {action.session, action.sequence + i}, {}};
    if (action.what == Append::What::Submitted) {
      require(running != nullptr, "jobs were appended that nobody has handed in");
      record.kept.job = *running;
      record.kept.job.count = 1;
      record.kept.job.first_sequence = action.sequence + i;
      record.kept.arrival = now;
    } else if (action.what != Append::What::Forgotten) {
      const Job& job = scheduler.jobs()[action.slot];
      record.is_known = job.state != JobState::Free && job.session == action.session &&
                        job.sequence == action.sequence;
      if (record.is_known) record.kept = describe(action.slot, scheduler, now);
    }
    tail_.push_back(record);
  }
}

void NaiveLog::apply(const Record& record) {
  if (record.what == Append::What::Forgotten) {
    require(disk_.erase(record.key) == 1, "the log forgot a job that it did not know");
    return;
  }
  if (record.what == Append::What::Submitted) {
    const auto [entry, is_new] = disk_.emplace(record.key, record.kept);
    require(is_new, "a job was appended twice");
    entry->second.order = ++orders_;
    return;
  }
  const auto found = disk_.find(record.key);
  require(found != disk_.end(), "the log has a change of a job that it does not know");
  if (!record.is_known) return;
  Kept changed = record.kept;
  Kept& known = found->second;
  const JobsSubmitted now = std::exchange(changed.job, known.job);
  changed.job.queue = now.queue;
  changed.job.state = now.state;
  changed.job.start_by = now.start_by;
  changed.job.keep = now.keep;
  changed.job.not_before = now.not_before;
  changed.principal = known.principal;
  changed.arrival = known.arrival;
  changed.order = known.order;
  known = changed;
}

void NaiveLog::crash(std::uint64_t through) {
  for (std::uint64_t i = 0; i < through; ++i) apply(tail_[i]);
  tail_.clear();
  persisted_ = 0;
}

std::vector<NaiveLog::Kept> NaiveLog::recovered() const {
  std::vector<Kept> all;
  for (const auto& [key, kept] : disk_) all.push_back(kept);
  std::ranges::sort(all, {}, &Kept::order);
  return all;
}

}  // namespace steelyard::core
