#include <array>
#include <utility>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// How a faulty world comes to rest when nothing goes wrong any more.
namespace steelyard::core {
namespace {

constexpr std::array<TagId, 2> kTags{TagId{0}, TagId{1}};

}  // namespace

void FaultyWorld::calm() {
  is_faulty_ = false;
  // What a broker that stops has in its log is for the next one.
  if (scheduler_->stopping() && setting_.options.has_log) {
    ++reached_["next life after a stop"];
    crash();
  }
  for (std::uint32_t i = 0; i < setting_.sessions; ++i) {
    const auto client = clients_.find(SessionId{i});
    if (client != clients_.end() && client->second.is_away) come_back(SessionId{i});
  }
  leave_to_one_worker();
  // At least one: an answer that is stored may have been lost on its way.
  for (int round = 0; round == 0 || model_->unsettled() > 0 || model_->quarantined() > 0; ++round) {
    require(round < 2'000, "jobs stay unsettled although everybody serves");
    finish_everything();
  }
  promises_.check(*scheduler_);
  check_everybody_was_told();
  close_every_session();
  now_ += std::chrono::hours(1);
  step(TimePassed{});
  check_nothing_is_left();
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
    if (keeps) kept_[worker].push_back(lease);
    step(JobFinished{worker, lease, keeps ? PayloadRef{} : new_payloads(1), {}, keeps});
  }
  answer_everybody();
  empty_quarantine();
  log_.persist(log_.appended());
  step(Persisted{log_.appended()});
  Held held = held_[worker];
  held.insert(held.end(), kept_[worker].begin(), kept_[worker].end());
  step(WorkerReturned{worker, held});
  step(TimePassed{});
}

void FaultyWorld::answer_everybody() {
  for (std::uint32_t i = 0; i < setting_.sessions; ++i) {
    const SessionId id{i};
    const auto client = clients_.find(id);
    if (client == clients_.end()) continue;
    step(SessionOpened{id, client->second.principal, client->second.receipts});
    for (const Answer& answer : std::exchange(answers_[id], {})) {
      if (!scheduler_->is_open(id)) break;  // it was to end
      step(ResultsReceived{id, answer.sequence, 1, answer.attempt});
    }
  }
}

/// Somebody decides about every job in it.
void FaultyWorld::empty_quarantine() {
  for (const auto& [id, sequence] : model_->in_quarantine()) {
    const SessionId by{setting_.sessions};
    step(SessionOpened{by, model_->sessions().at(id).principal, false});
    step(QuarantineDecided{by, 0, id, sequence, dice_.one_in(2)});
    step(SessionClosed{by});
  }
}

/// Every job of a client that is still there was answered, or refused.
void FaultyWorld::check_everybody_was_told() {
  for (const auto& [id, client] : clients_) {
    if (!client.receipts || client.open.empty()) continue;
    throw Violation("client " + std::to_string(id.value) + " was not told about its job " +
                    std::to_string(client.open.begin()->first));
  }
}

void FaultyWorld::close_every_session() {
  for (std::uint32_t i = 0; i < setting_.sessions; ++i) {
    if (scheduler_->is_open(SessionId{i})) step(SessionClosed{SessionId{i}});
  }
}

void FaultyWorld::check_nothing_is_left() {
  require(model_->sessions().empty(), "a session does not end although it is closed");
  require(model_->kept_payloads() == 0, "bytes are kept although everything is settled");
  require(model_->keys().empty(), "a key is taken although everything is settled");
  require(noted_deaths_.empty(), "deaths are noted although everything is settled");
  require(scheduler_->book().total().jobs.unfinished() == 0, "the ledger has unsettled jobs");
  require(scheduler_->jobs().live() == 0, "a job is kept although everything is settled");
  log_.crash(log_.appended());
  require(log_.disk().empty(), "the log keeps a job although everything is settled");
}

}  // namespace steelyard::core
