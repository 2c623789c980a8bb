#include <algorithm>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/scheduler.hpp"

/// Jobs whose attempt ended with where they go on: another queue, or their own once more.
///
/// A forwarded job is the same job at the end of another lane. Its attempts and deaths are counted
/// anew for each stage, its hops are not; its deadline goes with it, and what is left of its time
/// limit. Limits on what may be queued hold at the entrance only: a cycle would lock up otherwise.
namespace steelyard::core {

void Scheduler::on(const JobForwarded& event) {
  STEELYARD_ASSERT(event.queue.valid());
  const std::uint32_t slot = leased(event.worker, event.lease, event.payload);
  if (slot == kNoJob) return;
  ++workers_.record(event.worker).finished;
  apply(event.worker, event.report, slot);
  const Job& job = jobs_[slot];
  LaneId lane = job.lane;
  const StateId held = lanes_.info(lane).state;
  const bool is_over = job.received || job.stopping != 0 || job.hop >= options_.max_hops;
  if (is_over) forget(job.session, event.payload);
  if (job.received) {
    answer_attempt(slot, &AttemptLedger::completed, Outcome::Finished, std::nullopt, PayloadRef{},
                   false);
  } else if (job.stopping != 0) {
    answer_stopped(slot, &AttemptLedger::stopped);
  } else if (is_over) {
    answer_attempt(slot, &AttemptLedger::completed, Outcome::Failed, ErrorCode::TooManyHops,
                   PayloadRef{}, false);
  } else {
    lane = forward(slot, event);
  }
  note_holding(event.worker, held, event.report);
  place_lane(lane);
  serve_worker(event.worker);
}

/// Returns the lane that the job is in now.
LaneId Scheduler::forward(std::uint32_t slot, const JobForwarded& event) {
  Job& job = jobs_[slot];
  const Duration limit_left =
      job.time_limit_ms > 0 ? hung_timers_.key_of(slot) - now_ : Duration::zero();
  const LaneId from = job.lane;
  const LaneId to = next_lane(job, event);
  end_attempt(slot);
  book_.forwarded(lanes_.info(from), lanes_.info(to));
  lanes_.begin(to);
  lanes_.settle(from);
  forget(job.session, job.payload);
  if (job.was_lost) emit(ForgetDeaths{job.session, job.sequence});
  job.payload = event.payload;
  job.lane = to;
  ++job.hop;
  job.attempt = 0;
  job.deaths = 0;
  job.was_lost = false;
  job.waited_before_us = job.waited_us;
  job.run_time_before_us = job.run_time_us;
  if (job.time_limit_ms > 0) job.time_limit_ms = std::max(1U, whole_milliseconds(limit_left));
  // How long it waits here was not foreseen.
  job.latest_ms = 0;
  job.arrival = now_;
  job.order = ++next_order_;
  job.state = JobState::Queued;
  if (job.start_by != strategy::kNever) start_timers_.set(slot, job.start_by);
  enter_lane(to, slot, false);
  append_if_journalled(Append::What::Changed, slot);
  give_up_if_unwanted(slot);
  return to;
}

/// As the present one, but for queue and state. There is always one.
LaneId Scheduler::next_lane(const Job& job, const JobForwarded& event) {
  LaneKey key = lanes_.key(job.lane);
  key.queue = event.queue;
  key.state = event.state;
  return lanes_.open(
      key, [this](const LaneKey& of) { return pools_for(of); }, true);
}

}  // namespace steelyard::core
