#include <algorithm>
#include <functional>

#include "steelyard/core/simulation/model.test.hpp"

/// The model's rules for workers and for time.
namespace steelyard::core {

template <class IsLost>
void Model::lose_leases(WorkerId id, Death how, IsLost&& is_lost) {
  std::map<std::uint64_t, Name, std::greater<>> lost;  // the one granted last is first
  each_job([&](SessionId session, std::uint64_t sequence, const Job& job) {
    if (job.place == JobState::Running && job.worker == id && is_lost(job)) {
      lost.emplace(job.grant, Name(session, sequence));
    }
  });
  for (const auto& [grant, name] : lost) lose(name, how);
}

void Model::on(const WorkerJoined& event) {
  if (workers_.size() >= options_.max_workers) {
    expected_.push_back(RefuseWorker{event.worker, ErrorCode::TooManyWorkers});
    ++reached_["refused worker"];
    return;
  }
  Worker worker;
  worker.queues = {event.profile.queues.begin(), event.profile.queues.end()};
  worker.priority_min = event.profile.priority_min;
  worker.priority_max = event.profile.priority_max;
  worker.slots = event.profile.slots;
  worker.weight = event.profile.weight;
  worker.tags = {event.profile.tags.begin(), event.profile.tags.end()};
  worker.max_states = event.profile.max_states;
  worker.last_heard = now_;
  worker.next_look = now_ + options_.worker_lost_after;
  require(workers_.emplace(event.worker, worker).second, "the test joined a worker twice");
}

void Model::on(const WorkerReturned& event) {
  renew(event.worker, event.held);
  workers_.at(event.worker).held_up = false;
  lose_leases(event.worker, Death::Forgotten, [&](const Job& job) {
    const bool lost = std::ranges::find(event.held, job.lease) == event.held.end();
    if (lost) ++reached_["worker returned without a lease"];
    return lost;
  });
  lose_kept(event.worker, [&](const Job& job) {
    return std::ranges::find(event.held, job.lease) == event.held.end();
  });
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (job.place != JobState::Running || job.worker != event.worker || !job.stopping) return;
    expected_.push_back(RequestStop{job.worker, job.lease, *job.stopping});
    ++reached_["stop said again to a worker that returned"];
  });
  std::erase_if(workers_.at(event.worker).overdue, [&](Lease lease) {
    return std::ranges::find(event.held, lease) == event.held.end();
  });
  begin_unstarted(event.worker);
  dismiss_if_drained(event.worker);
}

void Model::on(const WorkerBeat& event) {
  renew(event.worker, event.held);
  workers_.at(event.worker).held_up = false;
}

void Model::renew(WorkerId id, std::span<const Lease> held) {
  workers_.at(id).last_heard = now_;
  for (auto& [session_id, session] : sessions_) {
    for (auto& [sequence, job] : session.jobs) {
      const bool listed = std::ranges::find(held, job.lease) != held.end();
      if (job.place == JobState::Running && job.worker == id && listed) job.renewed = now_;
    }
  }
}

void Model::on(const WorkerDrainRequested& event) {
  if (!workers_.contains(event.worker)) return;
  workers_.at(event.worker).draining = true;
  dismiss_if_drained(event.worker);
}

void Model::on(const WorkerLeft& event) {
  if (workers_.contains(event.worker)) remove_worker(event.worker, Death::Left);
}

void Model::remove_worker(WorkerId id, Death how) {
  lose_leases(id, how, [](const Job&) { return true; });
  lose_kept(id, [](const Job&) { return true; });
  workers_.erase(id);
}

/// It goes at the end of the step: until then it still counts as a holder of its state.
void Model::dismiss_if_drained(WorkerId id) {
  Worker& worker = workers_.at(id);
  if (!worker.draining || worker.leaving || assigned(id) > 0 || keeps_results(id)) return;
  worker.leaving = true;
  expected_.push_back(Dismiss{id});
  ++reached_["dismissed worker"];
}

bool Model::serves(const Worker& worker, const Job& job) const {
  return worker.queues.contains(job.queue) && job.priority >= worker.priority_min &&
         job.priority <= worker.priority_max && std::ranges::includes(worker.tags, job.tags);
}

void Model::on(const StateLoaded&) {
  throw Violation("no world loads states ahead of jobs");
}

void Model::on(const PinRequested&) {
  throw Violation("no world pins states");
}

/// Weights decide nothing but what the strategy is told.
void Model::on(const TenantWeighted&) {}

void Model::on(const DriverStalled& event) {
  const auto extend = [&](TimePoint& time) { time = std::min(now_, time + event.stalled_for); };
  for (auto& [id, worker] : workers_) extend(worker.last_heard);
  for (auto& [id, session] : sessions_) {
    extend(session.last_heard);
    for (auto& [sequence, job] : session.jobs) {
      if (job.place == JobState::Running || job.kept) extend(job.renewed);
    }
  }
  if (options_.unserved_ttl == Duration()) return;
  const std::set<QueueId> served_now = served();
  each_job([&](SessionId, std::uint64_t, const Job& job) {
    if (job.place != JobState::Queued || served_now.contains(job.queue)) return;
    ++reached_["nobody served its queue while the driver was stalled"];
    unserved_since_[job.queue] = now_;
  });
}

void Model::on(const TimePassed&) {
  std::vector<SessionId> gone;
  for (const auto& [id, session] : sessions_) {
    const bool silent = session.last_heard + options_.session_gone_after <= now_;
    if (silent && session.receipts && !session.closing) gone.push_back(id);
  }
  for (const SessionId id : gone) close(id);
  if (!gone.empty()) ++reached_["session gone"];
  expire_stored();
  expire_late();
  sweep_old();
  fail_unserved();
  std::vector<WorkerId> due;
  for (const auto& [id, worker] : workers_) {
    if (worker.next_look <= now_ && !worker.leaving) due.push_back(id);
  }
  const std::size_t before = workers_.size();
  for (const WorkerId id : due) look_at(id);
  if (before - workers_.size() > 1) ++reached_["several workers lost at once"];
  look_at_kept();
  look_at_hung();
  queue_delayed();
  for (auto& [state, blocked] : blocked_) blocked.is_over |= blocked.until <= now_;
}

void Model::look_at(WorkerId id) {
  Worker& worker = workers_.at(id);
  if (worker.last_heard + options_.worker_lost_after <= now_) {
    remove_worker(id, Death::Silent);
    expected_.push_back(DeclareLost{id});
    ++reached_["worker lost"];
    return;
  }
  worker.next_look = worker.last_heard + options_.worker_lost_after;
  const std::uint32_t before = assigned(id);
  lose_leases(id, Death::Forgotten, [&](const Job& job) {
    const bool lost = job.renewed + options_.worker_lost_after <= now_;
    if (lost) ++reached_["lease expired"];
    return lost;
  });
  if (assigned(id) < before) dismiss_if_drained(id);
}

}  // namespace steelyard::core
