#include <algorithm>
#include <array>
#include <utility>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// What the clients and workers of a faulty world do, and how it comes to rest.
namespace steelyard::core {
namespace {

constexpr std::array<TagId, 2> kTags{TagId{0}, TagId{1}};

}  // namespace

void FaultyWorld::session_event() {
  const SessionId id{dice_.number(setting_.sessions)};
  if (!scheduler_.is_open(id)) {
    // One that is closing keeps its number until its last job has ended.
    if (model_.sessions().contains(id)) return;
    return step(SessionOpened{id, PrincipalId{dice_.number(2)}, !dice_.one_in(4)});
  }
  const Model::Session& session = model_.sessions().at(id);
  if (dice_.one_in(6)) return step(SessionClosed{id});
  if (dice_.one_in(20)) return step(SessionEnding{id});
  if (dice_.one_in(20)) return step(NumbersSpent{id, scheduler_.watermark(id) + dice_.below(4)});
  if (dice_.one_in(2)) return step(SessionBeat{id});
  step(SessionOpened{id, session.principal, session.receipts});
}

/// A run of new jobs, or one that was sent before, or one that overlaps, or one with a gap.
void FaultyWorld::submit() {
  const auto id = any_open();
  if (!id) return session_event();
  JobsSubmitted event;
  event.session = *id;
  event.first_sequence = scheduler_.watermark(*id) + 1;
  event.count = 1 + dice_.number(6);
  event.queue = QueueId{dice_.number(setting_.queues)};
  if (setting_.states > 0) event.state = StateId{dice_.number(setting_.states)};
  if (setting_.users > 0 && !dice_.one_in(3)) event.tenant = TenantId{dice_.number(setting_.users)};
  if (setting_.tags > 0 && dice_.one_in(3)) {
    event.tags = {&kTags[dice_.number(setting_.tags)], 1};
  }
  if (dice_.one_in(3)) event.priority = static_cast<std::int32_t>(dice_.number(7)) - 3;
  std::vector<JobsSubmitted>& sent = sent_[*id];
  if (dice_.one_in(4) && !sent.empty()) event = sent[dice_.below(sent.size())];
  if (dice_.one_in(8)) {
    event.first_sequence -= std::min<std::uint64_t>(event.first_sequence - 1, dice_.below(4));
  }
  if (dice_.one_in(8)) event.first_sequence += dice_.below(100);
  event.first_payload = new_payloads(event.count);
  event.keep = dice_.one_in(4);
  sent.push_back(event);
  step(event);
}

/// The right receipt, or one that was sent before, or of another session, or for what is not there.
void FaultyWorld::receive() {
  const auto id = any_open();
  if (!id) return;
  if (dice_.one_in(20)) {
    const ResultsReceived lie{*id, dice_.below(scheduler_.watermark(*id) + 3), 1 + dice_.number(3),
                              static_cast<std::uint16_t>(dice_.number(3))};
    for (std::uint32_t i = 0; i < lie.count; ++i) told_[*id].insert(lie.first_sequence + i);
    return step(lie);
  }
  std::vector<Answer>& answers = answers_[*id];
  if (answers.empty()) return;
  const std::size_t place = dice_.below(answers.size());
  const Answer answer = answers[place];
  if (!dice_.one_in(6)) answers.erase(answers.begin() + static_cast<std::ptrdiff_t>(place));
  step(ResultsReceived{*id, answer.sequence, 1, answer.attempt});
}

/// A result on a direct link reaches its requester, if there still is one.
void FaultyWorld::arrive(Lease lease) {
  if (!names_.contains(lease)) return;  // made up
  const Name& name = names_.at(lease);
  if (!model_.sessions().contains(name.session) || !scheduler_.is_open(name.session)) return;
  // The session may be another one under the same number, which knows of no such job.
  if (scheduler_.watermark(name.session) < name.answer.sequence) return;
  answers_[name.session].push_back(name.answer);
  told_[name.session].insert(name.answer.sequence);
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
  } else if (!past_.empty()) {
    lease = past_[dice_.below(past_.size())].second;
  }
  if (dice_.one_in(3)) return step(ResultMissing{*id, lease});
  step(ResultFetched{*id, lease, new_payloads(1)});
}

void FaultyWorld::cancel() {
  const auto by = any_open();
  if (!by) return;
  const SessionId session{dice_.number(setting_.sessions)};
  const std::uint64_t highest = scheduler_.is_open(session) ? scheduler_.watermark(session) : 5;
  const std::uint64_t back = dice_.below(8);
  const std::uint64_t sequence = highest > back ? highest - back : dice_.below(3);
  if (dice_.one_in(2)) return step(JobAsked{*by, dice_.below(1'000), session, sequence});
  step(CancelRequested{*by, dice_.below(1'000), session, sequence});
}

void FaultyWorld::worker_event() {
  const auto id = any_worker();
  if (!id || dice_.one_in(8)) return join();
  if (dice_.one_in(9)) return step(WorkerDrainRequested{*id});
  if (dice_.one_in(9)) {
    for (const Lease lease : held_[*id]) past_.emplace_back(*id, lease);
    held_[*id].clear();
    return step(WorkerLeft{*id});
  }
  if (dice_.one_in(4)) return return_worker(*id);
  beat(*id);
}

void FaultyWorld::join() {
  const WorkerId id{dice_.number(setting_.workers)};
  if (scheduler_.workers().joined(id)) return;
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

/// A worker that has something in its hands reports the end of it, perhaps twice.
void FaultyWorld::report() {
  const auto id = any_worker();
  if (!id) return join();
  Held& held = held_[*id];
  if (held.empty()) return;
  const std::size_t place = dice_.below(held.size());
  const Lease lease = held[place];
  held.erase(held.begin() + static_cast<std::ptrdiff_t>(place));
  if (dice_.one_in(8)) past_.emplace_back(*id, lease);
  // The result may be there before the notice, which may never come.
  if (dice_.one_in(8)) {
    arrive(lease);
    if (dice_.one_in(2)) return past_.emplace_back(*id, lease), void();
  }
  const bool delivered = dice_.one_in(2);
  if (delivered) {
    kept_[*id].push_back(lease);
    if (!dice_.one_in(3)) arrive(lease);
  }
  const PayloadRef result = delivered ? PayloadRef{} : new_payloads(1);
  const std::uint64_t what = dice_.below(10);
  if (what < 6) return step(JobFinished{*id, lease, result, attempt_report(), delivered});
  if (what == 6) return step(JobHandedBack{*id, lease});
  step(JobFailed{*id, lease, result, attempt_report(), what >= 8, delivered && what < 8});
}

/// A report that is late, repeated, about another's job, or made up.
void FaultyWorld::report_wrongly() {
  const auto id = any_worker();
  if (!id) return;
  Lease lease{dice_.number(20), dice_.number(40)};
  WorkerId by = *id;
  if (!past_.empty() && !dice_.one_in(4)) {
    const auto& [whose, old] = past_[dice_.below(past_.size())];
    if (scheduler_.workers().joined(whose)) by = whose;
    lease = old;
  }
  if (past_.size() > 50) past_.pop_front();
  const std::uint64_t what = dice_.below(3);
  if (what == 0) return step(JobHandedBack{by, lease});
  const PayloadRef result = new_payloads(1);
  if (what == 1) return step(JobFinished{by, lease, result, attempt_report(), false});
  step(JobFailed{by, lease, result, attempt_report(), dice_.one_in(2), false});
}

void FaultyWorld::calm() {
  leave_to_one_worker();
  for (int round = 0; model_.unsettled() > 0; ++round) {
    require(round < 2'000, "jobs stay unsettled although everybody serves");
    finish_everything();
  }
  check_everybody_was_told();
  close_every_session();
  now_ += std::chrono::hours(1);
  step(TimePassed{});
  require(model_.sessions().empty(), "a session does not end although it is closed");
  require(model_.kept_payloads() == 0, "bytes are kept although everything is settled");
  require(scheduler_.book().total().jobs.unfinished() == 0, "the ledger has unsettled jobs");
}

/// All go but one, which serves everything.
void FaultyWorld::leave_to_one_worker() {
  for (std::uint32_t i = 0; i < setting_.workers; ++i) step(WorkerLeft{WorkerId{i}});
  std::vector<QueueId> queues;
  for (std::uint32_t queue = 0; queue < setting_.queues; ++queue) queues.push_back(QueueId{queue});
  held_.clear();
  kept_.clear();
  WorkerProfile profile;
  profile.queues = queues;
  profile.slots = 3;
  profile.tags = kTags;
  step(WorkerJoined{WorkerId{0}, PrincipalId{0}, profile});
}

void FaultyWorld::finish_everything() {
  now_ += std::chrono::seconds(1);
  // Half of the results are kept, and none of these reaches its requester but by being fetched.
  const WorkerId worker{0};
  for (const Lease lease : std::exchange(kept_[worker], {})) {
    step(ResultFetched{worker, lease, new_payloads(1)});
  }
  for (const Lease lease : std::exchange(held_[worker], {})) {
    const bool keeps = dice_.one_in(2) && keeps_results(lease);
    step(JobFinished{worker, lease, keeps ? PayloadRef{} : new_payloads(1), {}, keeps});
  }
  for (std::uint32_t i = 0; i < setting_.sessions; ++i) {
    const SessionId id{i};
    if (!scheduler_.is_open(id)) continue;
    step(SessionOpened{id, model_.sessions().at(id).principal, model_.sessions().at(id).receipts});
    for (const Answer& answer : std::exchange(answers_[id], {})) {
      if (!scheduler_.is_open(id)) break;  // it was to end
      step(ResultsReceived{id, answer.sequence, 1, answer.attempt});
    }
  }
  const Held held = held_[WorkerId{0}];
  step(WorkerReturned{WorkerId{0}, held});
  step(TimePassed{});
}

/// Whether the job's session sends receipts; a worker gives other results to the scheduler.
bool FaultyWorld::keeps_results(Lease lease) const {
  const auto name = names_.find(lease);
  if (name == names_.end()) return false;
  const auto session = model_.sessions().find(name->second.session);
  return session != model_.sessions().end() && session->second.receipts;
}

/// Every job of a client that is still there was answered; the model knows that it was so once.
void FaultyWorld::check_everybody_was_told() {
  for (const auto& [id, session] : model_.sessions()) {
    if (session.closing || !session.receipts) continue;
    for (const std::uint64_t sequence : session.accepted) {
      require(told_[id].contains(sequence), "a client was not told about its job");
    }
  }
}

void FaultyWorld::close_every_session() {
  for (std::uint32_t i = 0; i < setting_.sessions; ++i) {
    if (scheduler_.is_open(SessionId{i})) step(SessionClosed{SessionId{i}});
  }
}

}  // namespace steelyard::core
