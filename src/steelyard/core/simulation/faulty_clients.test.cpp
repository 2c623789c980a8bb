#include <algorithm>
#include <array>
#include <utility>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// What the clients of a faulty world do.
namespace steelyard::core {
namespace {

constexpr std::array<TagId, 2> kTags{TagId{0}, TagId{1}};

}  // namespace

void FaultyWorld::session_event() {
  const SessionId id{dice_.number(setting_.sessions)};
  const auto found = clients_.find(id);
  if (found == clients_.end()) {
    // One that is closing keeps its number until its last job has ended.
    if (model_->sessions().contains(id)) return;
    // What a crash may bring back is not to meet another client under its number.
    if (free_at_[id] > log_.persisted()) return;
    promises_.forget(id);
    Client& client = clients_[id];
    client.principal = PrincipalId{dice_.number(2)};
    client.receipts = !dice_.one_in(4);
    return step(SessionOpened{id, client.principal, client.receipts});
  }
  Client& client = found->second;
  if (client.is_away) return come_back(id);
  if (has(Feature::Closes) && dice_.one_in(6)) return step(SessionClosed{id});
  if (has(Feature::Closes) && dice_.one_in(20)) {
    client.is_ending = true;
    return step(SessionEnding{id});
  }
  if (has(Feature::Aborts) && dice_.one_in(8)) {
    client.is_ending = true;
    return step(SessionAborted{id});
  }
  if (dice_.one_in(20)) {
    client.highest = scheduler_->watermark(id) + dice_.below(4);
    return step(NumbersSpent{id, client.highest});
  }
  if (dice_.one_in(2)) return step(SessionBeat{id});
  step(SessionOpened{id, client.principal, client.receipts});
}

/// A run of new jobs, or one that was sent before, or one that overlaps, or one with a gap.
void FaultyWorld::submit() {
  const auto id = any_open();
  if (!id) return session_event();
  std::vector<JobsSubmitted>& sent = sent_[*id];
  JobsSubmitted event = new_jobs(*id);
  if (has(Feature::RepeatedSubmissions)) {
    if (dice_.one_in(4) && !sent.empty()) event = sent[dice_.below(sent.size())];
    // Below the highest number that was used there may be others than those that are known.
    if (dice_.one_in(8) && clients_.at(*id).highest <= scheduler_->watermark(*id)) {
      event.first_sequence -= std::min<std::uint64_t>(event.first_sequence - 1, dice_.below(4));
    }
    if (dice_.one_in(8)) event.first_sequence += dice_.below(100);
  }
  event.first_payload = new_payloads(event.count);
  sent.push_back(event);
  step(event);
}

JobsSubmitted FaultyWorld::new_jobs(SessionId id) {
  const Client& client = clients_.at(id);
  JobsSubmitted event;
  event.session = id;
  event.first_sequence = std::max(client.highest, scheduler_->watermark(id)) + 1;
  event.count = 1 + dice_.number(6);
  event.queue = QueueId{dice_.number(setting_.queues)};
  if (setting_.states > 0) event.state = StateId{dice_.number(setting_.states)};
  if (setting_.users > 0 && !dice_.one_in(3)) event.tenant = TenantId{dice_.number(setting_.users)};
  if (setting_.tags > 0 && dice_.one_in(3)) {
    event.tags = {&kTags[dice_.number(setting_.tags)], 1};
  }
  if (dice_.one_in(3)) event.priority = static_cast<std::int32_t>(dice_.number(7)) - 3;
  add_features(event, client);
  return event;
}

void FaultyWorld::add_features(JobsSubmitted& event, const Client& client) {
  const auto ticks = [&](std::int64_t longest) {
    return static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(longest))) * kTick;
  };
  if (has(Feature::Delays) && dice_.one_in(3)) {
    event.not_before = now_ + ticks(dice_.one_of({4L, 64L, 2000L}));
  }
  if (has(Feature::Deadlines) && dice_.one_in(3)) {
    event.start_by = now_ + ticks(dice_.one_of({16L, 320L, 2000L}));
  }
  if (has(Feature::TimeLimits) && dice_.one_in(2)) {
    event.time_limit = std::chrono::seconds(dice_.one_of({1, 3, 8}));
  }
  event.keep = has(Feature::Keeps) && dice_.one_in(2);
  event.journal = has(Feature::Log) ? dice_.one_in(2) : dice_.one_in(100);
  if (has(Feature::Keys) && dice_.one_in(3)) {
    event.count = 1;
    event.keep = true;
    event.key = KeyId{client.principal.value * 3 + dice_.number(3)};
    event.fingerprint = dice_.one_in(4) ? 1 : 0;
  }
}

/// The right receipt, or one that was sent before, or of another session, or for what is not there.
void FaultyWorld::receive() {
  const auto id = any_open();
  if (!id) return;
  if (has(Feature::FalseReceipts) && dice_.one_in(12)) {
    const ResultsReceived lie{*id, dice_.below(scheduler_->watermark(*id) + 3), 1 + dice_.number(3),
                              static_cast<std::uint16_t>(dice_.number(3))};
    for (std::uint32_t i = 0; i < lie.count; ++i) told(*id, lie.first_sequence + i);
    return step(lie);
  }
  std::vector<Answer>& answers = answers_[*id];
  if (answers.empty()) return;
  const std::size_t place = dice_.below(answers.size());
  const Answer answer = answers[place];
  if (!dice_.one_in(6)) answers.erase(answers.begin() + static_cast<std::ptrdiff_t>(place));
  step(ResultsReceived{*id, answer.sequence, 1, answer.attempt});
}

/// Asks about a job, or cancels it, or many.
void FaultyWorld::cancel() {
  const auto by = any_open();
  if (!by) return;
  const SessionId session{dice_.number(setting_.sessions)};
  const bool is_known = model_->sessions().contains(session);
  const std::uint64_t highest = is_known ? model_->sessions().at(session).highest() : 5;
  const std::uint64_t back = dice_.below(8);
  const std::uint64_t sequence = highest > back ? highest - back : dice_.below(3);
  const std::uint64_t request = dice_.below(1'000);
  if (dice_.one_in(2)) return step(JobAsked{*by, request, session, sequence});
  if (has(Feature::MassCancels) && dice_.one_in(4)) {
    CancelMatching event;
    event.by = *by;
    event.request = request;
    if (dice_.one_in(2)) event.queue = QueueId{dice_.number(setting_.queues)};
    if (setting_.users > 0 && dice_.one_in(3))
      event.tenant = TenantId{dice_.number(setting_.users)};
    event.dry_run = dice_.one_in(3);
    return step(event);
  }
  if (has(Feature::Cancels)) step(CancelRequested{*by, request, session, sequence});
}

/// About a job in quarantine, or one that is not.
void FaultyWorld::decide() {
  const auto by = any_open();
  if (!by || !has(Feature::Decisions)) return;
  QuarantineDecided event{*by, dice_.below(1'000), *by, dice_.below(8), dice_.one_in(2)};
  for (const auto& [id, session] : model_->sessions()) {
    for (const auto& [sequence, job] : session.jobs) {
      if (job.place != JobState::Quarantined || !dice_.one_in(2)) continue;
      event.session = id;
      event.sequence = sequence;
    }
  }
  step(event);
}

}  // namespace steelyard::core
