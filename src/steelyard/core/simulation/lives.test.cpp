#include <algorithm>
#include <utility>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// The log of a faulty world, and how its broker dies and lives again.
namespace steelyard::core {

/// The log writes a part of what it was given, or nothing for a while.
void FaultyWorld::log_event() {
  if (scheduler_->log_failing() && !dice_.one_in(4)) return;
  if (has(Feature::LogFailures) && dice_.one_in(12)) {
    const auto why =
        dice_.one_of({ErrorCode::JournalFull, ErrorCode::JournalBroken, ErrorCode::JournalBehind});
    return step(LogFailing{why});
  }
  const std::uint64_t unwritten = log_.appended() - log_.persisted();
  if (unwritten > 0 && dice_.one_in(3)) return;
  const std::uint64_t through = log_.persisted() + dice_.below(unwritten + 1);
  log_.persist(through);
  step(Persisted{through});
}

/// The broker dies after any step: what was not yet said to be on disk may be there or not, but
/// nothing is there that comes after something that is not.
void FaultyWorld::crash() {
  const std::uint64_t unwritten = log_.appended() - log_.persisted();
  const std::uint64_t through = log_.persisted() + dice_.below(unwritten + 1);
  remember("crash: " + std::to_string(through) + " of " + std::to_string(log_.appended()) +
           " records are on disk");
  ++reached_["crash"];
  if (scheduler_->book().total().jobs.running > 0) ++reached_["crash while jobs run"];
  if (through < log_.appended()) ++reached_["crash with an unwritten tail"];
  lose_peers();
  log_.crash(through);
  promises_.crash(through);
  reached_ = reached();
  scheduler_ = std::make_unique<Scheduler>(setting_.options, setting_.make_strategy());
  model_ = std::make_unique<Model>(setting_.options, setting_.strategy);
  restore();
  promises_.check(*scheduler_);
}

/// Workers forget their leases, which are of a former life; of their results some reach clients
/// that stay. Clients within the broker's own program are gone with it.
void FaultyWorld::lose_peers() {
  for (const auto& [worker, leases] : kept_) {
    for (const Lease lease : leases) {
      if (dice_.one_in(3)) arrive(lease);
    }
  }
  held_.clear();
  kept_.clear();
  names_.clear();
  to_stop_.clear();
  past_.clear();
  sent_.clear();
  free_at_.clear();
  for (auto entry = clients_.begin(); entry != clients_.end();) {
    const bool stays = entry->second.receipts && (!is_faulty_ || !dice_.one_in(5));
    entry->second.is_away = true;
    if (!stays) answers_.erase(entry->first);
    entry = stays ? std::next(entry) : clients_.erase(entry);
  }
}

void FaultyWorld::restore() {
  std::set<SessionId> sessions;
  std::erase_if(noted_deaths_, [&](const auto& name) {
    const auto kept = log_.disk().find(name);
    return kept == log_.disk().end() || (kept->second.deaths == 0 && !kept->second.detached);
  });
  for (const NaiveLog::Kept& kept : log_.recovered()) {
    const SessionId id = kept.job.session;
    if (sessions.insert(id).second) step(SessionRestored{id, kept.principal});
    JobRestored event;
    event.job = kept.job;
    event.job.first_payload = {};
    if (kept.as != Restored::Answered) event.job.first_payload = new_payloads(1);
    event.arrival = kept.arrival;
    event.hop = kept.hop;
    event.attempt = kept.attempt;
    event.deaths = kept.deaths;
    event.detached = kept.detached;
    event.as = kept.as;
    event.outcome = kept.outcome;
    event.error = kept.error;
    if (kept.has_result) event.result = new_payloads(1);
    event.waited = kept.waited;
    event.run_time = kept.run_time;
    event.forget_at = kept.forget_at;
    step(event);
  }
  // The numbers of those who are gone, and of whom nothing is known, are others' from now on.
  for (std::uint32_t i = 0; i < setting_.sessions; ++i) {
    const SessionId id{i};
    if (clients_.contains(id) || sessions.contains(id)) continue;
    answers_.erase(id);
    promises_.forget(id);
  }
}

/// The client hands in again what it has no answer for, under the old numbers, before anything new.
void FaultyWorld::come_back(SessionId id) {
  Client& client = clients_.at(id);
  client.is_away = false;
  if (model_->sessions().contains(id) && !scheduler_->is_open(id)) {
    // It was away for too long: nobody by its name is known any more.
    clients_.erase(id);
    return;
  }
  ++reached_["client came back after a crash"];
  step(SessionOpened{id, client.principal, true});
  const std::uint64_t highest = client.highest;
  const bool is_ending = client.is_ending;
  for (auto [sequence, event] : std::map(client.open)) {
    if (!scheduler_->is_open(id)) return;
    event.first_payload = new_payloads(1);
    step(event);
  }
  if (scheduler_->watermark(id) < highest) step(NumbersSpent{id, highest});
  if (is_ending) step(SessionEnding{id});
}

}  // namespace steelyard::core
