#include <algorithm>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// The scheduler's promises, looked at from the jobs themselves rather than from the counters.
namespace steelyard::core {
namespace {

void add(Counters& sum, const Counters& part) {
  for (const auto field :
       {&JobLedger::accepted, &JobLedger::forwarded_in, &JobLedger::forwarded_out,
        &JobLedger::delayed, &JobLedger::queued, &JobLedger::running, &JobLedger::returning,
        &JobLedger::finished, &JobLedger::failed, &JobLedger::cancelled, &JobLedger::expired,
        &JobLedger::quarantined}) {
    sum.jobs.*field += part.jobs.*field;
  }
  for (const auto field : {&AttemptLedger::dispatched, &AttemptLedger::running,
                           &AttemptLedger::completed, &AttemptLedger::failed, &AttemptLedger::lost,
                           &AttemptLedger::stopped, &AttemptLedger::handed_back}) {
    sum.attempts.*field += part.attempts.*field;
  }
}

}  // namespace

void Scheduler::check_invariants() const {
  check_jobs();
  check_lanes();
  check_workers();
  check_ledgers();
}

void Scheduler::check_jobs() const {
  JobLedger seen;
  std::uint32_t stored = 0;
  std::vector<std::uint32_t> unfinished(sessions_.size(), 0);
  jobs_.each([&](std::uint32_t slot) {
    const Job& job = jobs_[slot];
    ++unfinished[job.session.index()];
    STEELYARD_ASSERT(sessions_[job.session.index()].jobs.find(job.sequence) == slot);
    seen.delayed += job.state == JobState::Delayed ? 1 : 0;
    seen.quarantined += job.state == JobState::Quarantined ? 1 : 0;
    STEELYARD_ASSERT(delay_timers_.contains(slot) == (job.state == JobState::Delayed));
    const bool waits = is_waiting(job.state);
    STEELYARD_ASSERT(start_timers_.contains(slot) == (waits && job.start_by != strategy::kNever));
    STEELYARD_ASSERT(!hung_timers_.contains(slot) || job.state == JobState::Running);
    STEELYARD_ASSERT(!pending_cancels_.contains(slot) || job.stopping != 0);
    seen.queued += job.state == JobState::Queued ? 1 : 0;
    seen.running += job.state == JobState::Running ? 1 : 0;
    seen.returning += job.state == JobState::Returning ? 1 : 0;
    if (job.state == JobState::Stored) {
      ++stored;
      STEELYARD_ASSERT(store_timers_.contains(slot));
    }
  });
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    STEELYARD_ASSERT(sessions_[i].unfinished == unfinished[i]);
    STEELYARD_ASSERT(sessions_[i].open || sessions_[i].unfinished == 0);
  }
  const Counters& total = book_.total();
  STEELYARD_ASSERT(total.jobs.queued == seen.queued && total.jobs.running == seen.running);
  STEELYARD_ASSERT(total.jobs.returning == seen.returning);
  STEELYARD_ASSERT(total.attempts.running == seen.running);
  STEELYARD_ASSERT(total.jobs.delayed == seen.delayed &&
                   total.jobs.quarantined == seen.quarantined);
  STEELYARD_ASSERT(quarantined_.size() == seen.quarantined);
  STEELYARD_ASSERT(stored == stored_ &&
                   jobs_.live() == seen.unfinished() + seen.quarantined + stored);
}

/// Each lane holds queued jobs of its own in their order, and is listed if it holds any.
void Scheduler::check_lanes() const {
  std::uint64_t queued = 0;
  std::size_t listed = 0;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    const LaneId id{i};
    std::uint32_t waiting = 0;
    std::uint64_t last_order = 0;
    for (std::uint32_t slot = lanes_.head(id); slot != kNoJob; slot = jobs_[slot].next) {
      const Job& job = jobs_[slot];
      STEELYARD_ASSERT(job.state == JobState::Queued && job.lane == id);
      STEELYARD_ASSERT(job.order > last_order);
      last_order = job.order;
      ++waiting;
    }
    STEELYARD_ASSERT(lanes_.info(id).waiting == waiting);
    queued += waiting;
    if (waiting == 0) continue;
    ++listed;
    STEELYARD_ASSERT(lanes_.info(id).head_order == jobs_[lanes_.head(id)].order);
    STEELYARD_ASSERT(std::ranges::find(lanes_.waiting(), id) != lanes_.waiting().end());
  }
  STEELYARD_ASSERT(lanes_.waiting().size() == listed && queued == book_.total().jobs.queued);
}

/// Each worker has the jobs it is said to have, and only those it may run; those beyond its slots
/// are the last ones, and together no more work than may be unstarted.
void Scheduler::check_workers() const {
  std::vector<std::uint32_t> holders(workers_.states().size(), 0);
  std::uint64_t running = 0;
  std::uint32_t joined = 0;
  std::uint64_t pools_with_free_slot = 0;
  for (std::uint32_t i = 0; i < workers_.infos().size(); ++i) {
    const WorkerId id{i};
    const strategy::Worker& worker = workers_.info(id);
    std::uint32_t assigned = 0;
    Duration unstarted{};
    for (std::uint32_t slot = workers_.record(id).leases.first; slot != kNoJob;
         slot = jobs_[slot].next) {
      const Job& job = jobs_[slot];
      STEELYARD_ASSERT(job.state == JobState::Running && job.worker == id);
      STEELYARD_ASSERT(job.attempt >= 1 && job.attempt <= options_.max_attempts);
      STEELYARD_ASSERT(worker.joined && view_.allowed(id, job.lane));
      STEELYARD_ASSERT((job.ahead_ns > 0) == (assigned + worker.occupied >= worker.slots));
      unstarted += Duration(job.ahead_ns);
      ++assigned;
    }
    for (std::uint32_t slot = workers_.record(id).kept.first; slot != kNoJob;
         slot = jobs_[slot].next) {
      STEELYARD_ASSERT(jobs_[slot].state == JobState::Returning && jobs_[slot].worker == id);
      STEELYARD_ASSERT(worker.joined && return_timers_.contains(id.value));
    }
    STEELYARD_ASSERT(worker.assigned == assigned);
    STEELYARD_ASSERT(unstarted == workers_.record(id).unstarted.work());
    STEELYARD_ASSERT(unstarted <= options_.max_unstarted_work);
    STEELYARD_ASSERT(assigned <= worker.slots + options_.max_unstarted_jobs);
    if (worker.has_free_slot()) pools_with_free_slot |= std::uint64_t{1} << worker.pool.value;
    running += assigned;
    joined += worker.joined ? 1 : 0;
    STEELYARD_ASSERT(worker.held.size() <= worker.max_states);
    const WorkerRecord& record = workers_.record(id);
    STEELYARD_ASSERT(worker.occupied == record.preloads.size() + record.overdue.size());
    for (const strategy::Held& held : worker.held) ++holders[held.state.index()];
  }
  STEELYARD_ASSERT(pools_with_free_slot == workers_.pools_with_free_slot());
  STEELYARD_ASSERT(running == book_.total().jobs.running && joined == workers_.joined_count());
  STEELYARD_ASSERT(
      std::ranges::equal(holders, workers_.states(), {}, {}, &strategy::State::holders));
}

void Scheduler::check_ledgers() const {
  Counters sum;
  for (const Counters& queue : book_.by_queue()) add(sum, queue);
  STEELYARD_ASSERT(sum.jobs == book_.total().jobs && sum.attempts == book_.total().attempts);
  for (const auto* group : {&book_.by_queue(), &book_.by_tenant()}) {
    for (const Counters& c : *group) STEELYARD_ASSERT(c.jobs.balanced() && c.attempts.balanced());
  }
  STEELYARD_ASSERT(sum.jobs.balanced() && sum.attempts.balanced());
  STEELYARD_ASSERT(sum.jobs.forwarded_in == sum.jobs.forwarded_out);
}

}  // namespace steelyard::core
