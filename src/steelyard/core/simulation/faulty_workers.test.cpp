#include <algorithm>
#include <utility>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// What the workers of a faulty world do.
namespace steelyard::core {

/// A result on a direct link reaches its requester, if there still is one.
void FaultyWorld::arrive(Lease lease) {
  const auto found = names_.find(lease);
  if (found == names_.end()) return;  // made up
  const Name& name = found->second;
  const auto client = clients_.find(name.session);
  // The session may be another one under the same number, which knows of no such job.
  if (client == clients_.end() || client->second.highest < name.answer.sequence) return;
  answers_[name.session].push_back(name.answer);
  told(name.session, name.answer.sequence);
}

/// A worker answers for a result that it keeps, or for one that it does not, asked or unasked; or
/// the result arrives late.
void FaultyWorld::give_result() {
  const auto id = any_worker();
  if (!id) return;
  Lease lease{dice_.number(20), dice_.number(40)};
  if (!kept_[*id].empty() && !dice_.one_in(6)) {
    lease = kept_[*id][dice_.below(kept_[*id].size())];
    if (dice_.one_in(3)) return arrive(lease);
  } else if (!has(Feature::LateReports)) {
    return;
  } else if (!past_.empty()) {
    lease = past_[dice_.below(past_.size())].second;
  }
  if (dice_.one_in(3)) return step(ResultMissing{*id, lease});
  step(ResultFetched{*id, lease, new_payloads(1)});
}

void FaultyWorld::worker_event() {
  const auto id = any_worker();
  if (!id || dice_.one_in(8)) return join();
  if (has(Feature::Drains) && dice_.one_in(9)) return step(WorkerDrainRequested{*id});
  if (has(Feature::WorkersLeave) && dice_.one_in(5)) {
    for (const Lease lease : held_[*id]) past_.emplace_back(*id, lease);
    held_[*id].clear();
    return step(WorkerLeft{*id});
  }
  if (dice_.one_in(4)) return return_worker(*id);
  beat(*id);
}

void FaultyWorld::join() {
  const WorkerId id{dice_.number(setting_.workers)};
  if (scheduler_->workers().joined(id)) return;
  for (const Lease lease : std::exchange(held_[id], {})) past_.emplace_back(id, lease);
  for (const Lease lease : std::exchange(kept_[id], {})) past_.emplace_back(id, lease);
  std::vector<QueueId> queues;
  for (std::uint32_t queue = 0; queue < setting_.queues; ++queue) {
    if (!dice_.one_in(3)) queues.push_back(QueueId{queue});
  }
  WorkerProfile profile;
  profile.queues = queues;
  if (dice_.one_in(4)) profile.priority_min = static_cast<std::int32_t>(dice_.number(4)) - 2;
  if (dice_.one_in(4)) profile.priority_max = static_cast<std::int32_t>(dice_.number(4)) - 1;
  profile.slots = 1 + dice_.number(4);
  profile.weight = dice_.one_of({1.0, 2.0, 3.5});
  profile.max_states = 1 + dice_.number(setting_.max_states);
  std::vector<TagId> tags;
  if (setting_.tags > 0 && dice_.one_in(2)) tags.push_back(TagId{dice_.number(setting_.tags)});
  profile.tags = tags;
  step(WorkerJoined{id, PrincipalId{0}, profile});
}

/// A part of a list, now and then with a lease that is another's or nobody's.
FaultyWorld::Held FaultyWorld::some_of(const Held& held) {
  Held some;
  for (const Lease lease : held) {
    if (!dice_.one_in(5)) some.push_back(lease);
  }
  if (!has(Feature::LateReports)) return some;
  if (dice_.one_in(6)) some.push_back(Lease{dice_.number(20), dice_.number(40)});
  if (dice_.one_in(6) && !past_.empty()) some.push_back(past_[dice_.below(past_.size())].second);
  return some;
}

void FaultyWorld::beat(WorkerId id) {
  const Held listed = dice_.one_in(4) ? some_of(held_[id]) : held_[id];
  step(WorkerBeat{id, listed});
}

/// What it does not list it has forgotten; a report about it may still be on its way.
void FaultyWorld::return_worker(WorkerId id) {
  const Held listed = dice_.one_in(2) ? some_of(held_[id]) : held_[id];
  for (const Lease lease : held_[id]) {
    if (std::ranges::find(listed, lease) == listed.end()) past_.emplace_back(id, lease);
  }
  held_[id] = listed;
  Held all = listed;
  const Held keeps = some_of(kept_[id]);
  all.insert(all.end(), keeps.begin(), keeps.end());
  step(WorkerReturned{id, all});
}

AttemptReport FaultyWorld::attempt_report() {
  AttemptReport report;
  report.run_time = std::chrono::milliseconds(dice_.below(100));
  if (setting_.states == 0) return report;
  if (dice_.one_in(4)) report.load_time = std::chrono::milliseconds(dice_.below(100));
  report.load_failed = dice_.one_in(12);
  if (dice_.one_in(6)) {
    holds_.clear();
    for (std::uint32_t state = 0; state < setting_.states; ++state) {
      if (dice_.one_in(3)) holds_.push_back(StateId{state});
    }
    report.holds = holds_;
  }
  return report;
}

/// A worker that has something in its hands says something about it.
void FaultyWorld::report() {
  const auto id = any_worker();
  if (!id) return join();
  const Held& held = held_[*id];
  if (!held.empty()) report(*id, held[dice_.below(held.size())]);
}

void FaultyWorld::report(WorkerId id, Lease lease) {
  if (dice_.one_in(8)) {
    const auto percent = static_cast<std::uint8_t>(dice_.number(120));
    return step(JobProgressed{id, lease, percent});
  }
  if (report_stop(id, lease)) return;
  std::erase(held_[id], lease);
  // What has ended may be said to have ended again.
  if (has(Feature::LateReports) && dice_.one_in(8)) past_.emplace_back(id, lease);
  // The result may be there before the notice, which may never come.
  if (has(Feature::DirectResults) && dice_.one_in(8)) {
    arrive(lease);
    if (dice_.one_in(2)) return past_.emplace_back(id, lease), void();
  }
  report_end(id, lease);
}

/// Returns whether it says that the attempt stopped, or does not. Then the work goes on, and may
/// end later.
bool FaultyWorld::report_stop(WorkerId id, Lease lease) {
  const bool was_asked = to_stop_.contains(lease);
  if (!was_asked && !(has(Feature::LateReports) && dice_.one_in(30))) return false;
  if (dice_.one_in(4)) {
    step(StopIgnored{id, lease});
    return true;
  }
  if (dice_.one_in(2)) return false;
  std::erase(held_[id], lease);
  step(JobStopped{id, lease, attempt_report(), dice_.one_in(2)});
  return true;
}

void FaultyWorld::report_end(WorkerId id, Lease lease) {
  const std::uint64_t what = dice_.below(12);
  if (what == 6 && has(Feature::HandBacks)) return step(JobHandedBack{id, lease});
  if (what == 7 && has(Feature::ProcessDeaths)) {
    JobFailed event{id, lease, new_payloads(1), attempt_report(), true, false};
    event.died = true;
    return step(event);
  }
  if (has(Feature::Forwards) && dice_.one_in(3)) return step(new_forward(id, lease));
  const bool fails = what >= 8 && has(Feature::Failures);
  const bool may_deliver = has(Feature::DirectResults) && !(fails && what >= 10);
  const bool delivered = may_deliver && dice_.one_in(2);
  if (delivered) {
    kept_[id].push_back(lease);
    if (!dice_.one_in(3)) arrive(lease);
  }
  const PayloadRef result = delivered ? PayloadRef{} : new_payloads(1);
  if (!fails) return step(JobFinished{id, lease, result, attempt_report(), delivered});
  step(JobFailed{id, lease, result, attempt_report(), what >= 10, delivered});
}

JobForwarded FaultyWorld::new_forward(WorkerId id, Lease lease) {
  JobForwarded event{id, lease, QueueId{dice_.number(setting_.queues)}, {}, {}, {}};
  if (setting_.states > 0 && dice_.one_in(2)) event.state = StateId{dice_.number(setting_.states)};
  event.payload = new_payloads(1);
  event.report = attempt_report();
  return event;
}

/// A report that is late, repeated, about another's job, or made up.
void FaultyWorld::report_wrongly() {
  const auto id = any_worker();
  if (!id || !has(Feature::LateReports)) return;
  Lease lease{dice_.number(20), dice_.number(40)};
  WorkerId by = *id;
  if (!past_.empty() && !dice_.one_in(4)) {
    const auto& [whose, old] = past_[dice_.below(past_.size())];
    if (scheduler_->workers().joined(whose)) by = whose;
    lease = old;
  }
  if (past_.size() > 50) past_.pop_front();
  const std::uint64_t what = dice_.below(7);
  if (what == 6) return step(new_forward(by, lease));
  if (what == 0) return step(JobHandedBack{by, lease});
  if (what == 1) return step(JobStopped{by, lease, {}, false});
  if (what == 2) return step(JobProgressed{by, lease, 50});
  if (what == 3) return step(StopIgnored{by, lease});
  const PayloadRef result = new_payloads(1);
  if (what == 4) return step(JobFinished{by, lease, result, attempt_report(), false});
  step(JobFailed{by, lease, result, attempt_report(), dice_.one_in(2), false});
}

/// Whether the job's session sends receipts; a worker gives other results to the scheduler.
bool FaultyWorld::keeps_results(Lease lease) const {
  const auto name = names_.find(lease);
  if (name == names_.end()) return false;
  const auto session = model_->sessions().find(name->second.session);
  return session != model_->sessions().end() && session->second.receipts;
}

}  // namespace steelyard::core
