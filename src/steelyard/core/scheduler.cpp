#include "steelyard/core/scheduler.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::core {

Scheduler::Scheduler(const Options& options, std::unique_ptr<strategy::Strategy> strategy)
    : options_(options),
      strategy_(std::move(strategy)),
      lanes_(jobs_, options.max_lanes),
      estimates_(options.time_prior),
      decision_log_(options.max_decisions_kept),
      view_({lanes_.infos(), lanes_.waiting(), workers_.infos(), workers_.states(), estimates_,
             shares_}),
      random_(options.seed) {
  STEELYARD_ASSERT(strategy_ != nullptr && options.max_attempts > 0);
  STEELYARD_ASSERT(options.max_unstarted_work < std::chrono::seconds(4));
}

void Scheduler::step(TimePoint now, const Event& event, Actions& out) {
  STEELYARD_ASSERT(now >= now_);
  now_ = now;
  out_ = &out;
  view_.set_now(now);
  std::visit([this](const auto& e) { on(e); }, event);
  serve_reconsidered();
  expel_offenders();
  out_ = nullptr;
}

std::optional<TimePoint> Scheduler::next_deadline() const {
  std::optional<TimePoint> earliest;
  const TimePoint look = std::min(next_sweep_, next_unserved_look_);
  if (look != strategy::kNever) earliest = look;
  for (const auto* timers :
       {&worker_timers_, &session_timers_, &stay_timers_, &return_timers_, &store_timers_,
        &load_timers_, &delay_timers_, &start_timers_, &hung_timers_}) {
    if (!timers->empty() && (!earliest || timers->top_key() < *earliest)) {
      earliest = timers->top_key();
    }
  }
  return earliest;
}

void Scheduler::on(const DriverStalled& event) {
  for (std::uint32_t i = 0; i < workers_.infos().size(); ++i) {
    if (!workers_.joined(WorkerId{i})) continue;
    WorkerRecord& record = workers_.record(WorkerId{i});
    record.last_heard = std::min(now_, record.last_heard + event.stalled_for);
    for (const JobList* list : {&record.leases, &record.kept}) {
      for (std::uint32_t slot = list->first; slot != kNoJob; slot = jobs_[slot].next) {
        jobs_[slot].renewed = std::min(now_, jobs_[slot].renewed + event.stalled_for);
      }
    }
  }
  for (Session& session : sessions_) {
    session.last_heard = std::min(now_, session.last_heard + event.stalled_for);
  }
  if (options_.unserved_ttl == Duration()) return;
  // Nor could a worker come to its queue meanwhile.
  for (const LaneId lane : lanes_.waiting()) {
    const QueueId queue = lanes_.info(lane).queue;
    if (!workers_.serves(queue)) note_unserved(queue);
  }
}

/// Everybody who is gone goes before anything is given away, so that no job is given to a worker
/// that is about to be lost, or started for a session that is about to be closed.
void Scheduler::on(const TimePassed&) {
  while (!session_timers_.empty() && session_timers_.top_key() <= now_) {
    check_session(SessionId{session_timers_.top()});
  }
  expire_stored();
  expire_waiting();
  sweep_old();
  fail_unserved();
  std::vector<LaneId> returned;
  std::vector<WorkerId> freed;
  while (!worker_timers_.empty() && worker_timers_.top_key() <= now_) {
    const WorkerId worker{worker_timers_.top()};
    if (check_worker(worker, returned)) freed.push_back(worker);
  }
  while (!return_timers_.empty() && return_timers_.top_key() <= now_) {
    check_returns(WorkerId{return_timers_.top()}, returned);
  }
  check_hung(returned, freed);
  queue_delayed(returned);
  place_lanes(returned);
  retry_loads();
  satisfy_pins();
  for (const WorkerId worker : freed) serve_worker(worker);
  while (!stay_timers_.empty() && stay_timers_.top_key() <= now_) {
    const WorkerId worker{stay_timers_.top()};
    stay_timers_.erase(worker.value);
    serve_worker(worker);
  }
}

// Timers are not moved at each beat: when one is due, it is set again if something was heard.
void Scheduler::set_worker_timer(WorkerId id) {
  worker_timers_.set(id.value, workers_.record(id).last_heard + options_.worker_lost_after);
}

void Scheduler::set_session_timer(SessionId id) {
  session_timers_.set(id.value, session(id).last_heard + options_.session_gone_after);
}

/// Returns whether the worker is kept and has lost a lease.
bool Scheduler::check_worker(WorkerId id, std::vector<LaneId>& returned) {
  if (workers_.record(id).last_heard + options_.worker_lost_after <= now_) {
    remove_worker(id, Death::Silent, returned);
    emit(DeclareLost{id});
    return false;
  }
  set_worker_timer(id);
  const TimePoint expired = now_ - options_.worker_lost_after;
  const auto is_lost = [&](std::uint32_t slot) { return jobs_[slot].renewed <= expired; };
  return lose_leases(id, is_lost, Death::Forgotten, returned);
}

void Scheduler::check_session(SessionId id) {
  if (session(id).last_heard + options_.session_gone_after <= now_) {
    close(id);
  } else {
    set_session_timer(id);
  }
}

Session& Scheduler::session(SessionId id) {
  STEELYARD_ASSERT(has_session(id));
  return sessions_[id.index()];
}

}  // namespace steelyard::core
