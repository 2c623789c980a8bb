#include "steelyard/core/simulation/faulty_world.test.hpp"

#include <algorithm>

#include "steelyard/core/sentence.test.hpp"

/// One step of a faulty world, and what it notes of it.
namespace steelyard::core {

FaultyWorld::FaultyWorld(const Setting& setting, Dice& dice)
    : setting_(setting),
      dice_(dice),
      scheduler_(std::make_unique<Scheduler>(setting.options, setting.make_strategy())),
      model_(std::make_unique<Model>(setting.options, setting.strategy)) {}

void FaultyWorld::step(const Event& event) {
  Actions actions;
  remember("event " + std::to_string(event.index()) + " at " +
           std::to_string((now_.time_since_epoch() / kTick)) + " ticks");
  const auto* const receipt = std::get_if<ResultsReceived>(&event);
  const std::uint64_t received = receipt == nullptr ? 0 : scheduler_->received(receipt->session);
  scheduler_->step(now_, event, actions);
  if (watcher_) watcher_(now_, event, actions);
  for (const Action& action : actions) note(action, event);
  scheduler_->check_invariants();
  model_->check(now_, event, actions, *scheduler_);
  model_->compare_with(*scheduler_);
  if (receipt != nullptr) note_receipt(*receipt, received);
  if (const auto* submitted = std::get_if<JobsSubmitted>(&event)) note_submitted(*submitted);
  std::erase_if(clients_, [&](const auto& entry) {
    return !entry.second.is_away && !scheduler_->is_open(entry.first);
  });
}

void FaultyWorld::note(const Action& action, const Event& event) {
  const std::string text = sentence(action);
  remember("  " + text);
  std::uint64_t bits = 0;
  promises_.note(action, event, log_.appended(), log_.persisted());
  if (const auto* assign = std::get_if<Assign>(&action)) {
    bits = assign->lease.bits();
    names_[assign->lease] = {assign->session, {assign->sequence, assign->attempt}};
    const bool arrives = !has(Feature::LostLeases) || !dice_.one_in(16);
    if (arrives) held_[assign->worker].push_back(assign->lease);
  } else if (const auto* stop = std::get_if<RequestStop>(&action)) {
    if (!has(Feature::LostLeases) || !dice_.one_in(8)) to_stop_.insert(stop->lease);
  } else if (const auto* deliver = std::get_if<Deliver>(&action)) {
    bits = deliver->sequence;
    note_answer(*deliver);
  } else if (const auto* append = std::get_if<Append>(&action)) {
    log_.append(*append, *scheduler_, now_, std::get_if<JobsSubmitted>(&event));
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    const auto client = clients_.find(reject->session);
    for (std::uint32_t i = 0; client != clients_.end() && i < reject->count; ++i) {
      client->second.open.erase(reject->first_sequence + i);
    }
  } else if (const auto* death = std::get_if<NoteDeath>(&action)) {
    noted_deaths_.emplace(death->session, death->sequence);
    promises_.may_be_dropped({death->session, death->sequence});
  } else if (const auto* over = std::get_if<ForgetDeaths>(&action)) {
    noted_deaths_.erase({over->session, over->sequence});
  } else if (const auto* forget = std::get_if<ForgetSession>(&action)) {
    answers_.erase(forget->session);
    sent_.erase(forget->session);
    free_at_[forget->session] = log_.appended();
  }
  for (const char c : text) trace_ = (trace_ ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  trace_ = (trace_ ^ bits) * 0x100'0000'01b3;
}

/// One that is lost on its way will be given again when the client's connection is.
void FaultyWorld::note_answer(const Deliver& deliver) {
  const auto client = clients_.find(deliver.session);
  const bool may_be_lost = client != clients_.end() && client->second.receipts;
  if (may_be_lost && has(Feature::LostAnswers) && dice_.one_in(8)) {
    ++reached_["answer lost on its way"];
    return;
  }
  answers_[deliver.session].push_back({deliver.sequence, 0});
  told(deliver.session, deliver.sequence);
}

void FaultyWorld::told(SessionId id, std::uint64_t sequence) {
  promises_.told({id, sequence});
  if (const auto client = clients_.find(id); client != clients_.end()) {
    client->second.open.erase(sequence);
  }
}

/// What was accepted of it the client waits for from now on.
void FaultyWorld::note_submitted(const JobsSubmitted& event) {
  const auto client = clients_.find(event.session);
  const auto session = model_->sessions().find(event.session);
  if (client == clients_.end() || session == model_->sessions().end()) return;
  for (std::uint32_t i = 0; i < event.count; ++i) {
    const std::uint64_t sequence = event.first_sequence + i;
    client->second.highest = std::max(client->second.highest, sequence);
    const bool is_open = session->second.accepted.contains(sequence);
    if (!is_open || promises_.is_told({event.session, sequence})) continue;
    JobsSubmitted& one = client->second.open.try_emplace(sequence, event).first->second;
    one.first_sequence = sequence;
    one.count = 1;
  }
}

/// The scheduler may have taken it, or have been right not to.
void FaultyWorld::note_receipt(const ResultsReceived& event, std::uint64_t received_before) {
  if (!scheduler_->is_open(event.session) || event.count > 1) return;
  if (scheduler_->received(event.session) == received_before) return;
  promises_.said({event.session, event.first_sequence});
}

void FaultyWorld::remember(std::string line) {
  recent_.push_back(std::move(line));
  if (recent_.size() > 150) recent_.pop_front();
}

std::string FaultyWorld::recent() const {
  std::string text;
  for (const std::string& line : recent_) text.append(line).append("\n");
  return text;
}

std::map<std::string, std::uint64_t> FaultyWorld::reached() const {
  auto all = reached_;
  for (const auto& [what, times] : model_->reached()) all[what] += times;
  return all;
}

void FaultyWorld::stir() {
  if (setting_.options.has_log && dice_.one_in(6)) log_event();
  if (has(Feature::Crashes) && dice_.one_in(80)) return crash();
  const std::uint64_t what = dice_.below(100);
  if (what < 24) return submit();
  if (what < 50) return report();
  if (what < 54) return report_wrongly();
  if (what < 57) return give_result();
  if (what < 67) return receive();
  if (what < 71) return cancel();
  if (what < 73) return decide();
  if (what < 79) return session_event();
  if (what < 88) return worker_event();
  return pass_time();
}

/// Time passes in ticks, seconds, or until somebody's silence is noticed; the driver may be late.
void FaultyWorld::pass_time() {
  const std::int64_t ticks =
      dice_.one_of({std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, kTicksPerSecond,
                    2 * kTicksPerSecond, 5 * kTicksPerSecond, 9 * kTicksPerSecond});
  now_ += ticks * kTick;
  if (has(Feature::LongPauses) && dice_.one_in(20))
    now_ += dice_.number(600) * kTicksPerSecond * kTick;
  if (has(Feature::Stalls) && dice_.one_in(8)) {
    step(DriverStalled{dice_.number(10) * kTicksPerSecond * kTick});
  }
  const auto deadline = scheduler_->next_deadline();
  if (deadline && *deadline <= now_ && !dice_.one_in(4)) step(TimePassed{});
  if (has(Feature::Stops) && dice_.one_in(60)) step(StopRequested{});
}

PayloadRef FaultyWorld::new_payloads(std::uint32_t count) {
  if (dice_.one_in(8)) return {};
  return {std::exchange(next_payload_, next_payload_ + count)};
}

/// A session whose client is there.
std::optional<SessionId> FaultyWorld::any_open() {
  const SessionId id{dice_.number(setting_.sessions)};
  const auto client = clients_.find(id);
  if (client == clients_.end() || client->second.is_away) return std::nullopt;
  return id;
}

std::optional<WorkerId> FaultyWorld::any_worker() {
  const WorkerId id{dice_.number(setting_.workers)};
  if (!scheduler_->workers().joined(id)) return std::nullopt;
  return id;
}

}  // namespace steelyard::core
