#include "steelyard/core/simulation/faulty_world.test.hpp"

#include <algorithm>
#include <limits>

#include "steelyard/base/assert.hpp"
#include "steelyard/core/sentence.test.hpp"
#include "steelyard/core/simulation/odd_strategies.test.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::core {
namespace {

/// A part of a second that a double holds exactly.
constexpr Duration kTick = std::chrono::nanoseconds(15'625'000);
constexpr std::int64_t kTicksPerSecond = 64;

std::unique_ptr<strategy::Strategy> make_strategy(const FaultyWorld::Setting& setting) {
  if (setting.strategy == "nonsense") return std::make_unique<Nonsense>(setting.strategy_seed);
  if (setting.strategy == "hesitant") return std::make_unique<Hesitant>();
  auto made = strategy::Registry().make(setting.strategy);
  STEELYARD_ASSERT(made.has_value());
  return std::move(*made);
}

}  // namespace

FaultyWorld::Setting FaultyWorld::draw(Dice& dice) {
  Setting setting;
  setting.strategy = dice.one_of({"oldest", "least-loaded", "round-robin", "groups-by-state",
                                  "groups-by-state-exclusive", "amortised",
                                  "amortised:max_wait_s=2,share_budget_s=1", "fewest-busy-user",
                                  "nonsense", "hesitant"});
  setting.strategy_seed = dice.below(1'000'000);
  setting.sessions = 1 + dice.number(4);
  setting.workers = 1 + dice.number(5);
  setting.queues = 1 + dice.number(3);
  setting.states = dice.number(4);
  setting.users = dice.number(4);
  setting.tags = dice.one_in(3) ? 2 : 0;
  setting.max_states = 1 + dice.number(3);
  Options& options = setting.options;
  options.max_queued_jobs = dice.one_of({3u, 20u, 1'000u});
  options.max_queued_jobs_per_user = dice.one_of<std::int64_t>({-1, 0, 2, 5, 1'000});
  options.max_unfinished_jobs_per_session = dice.one_of({4u, 30u, 1'000u});
  options.max_lanes = dice.one_of({1u, 2u, 5u, 1'000u});
  options.max_workers = dice.one_of({1u, 2u, 4u, 100u});
  options.max_unstarted_work =
      dice.one_of({std::chrono::milliseconds(0), std::chrono::milliseconds(60),
                   std::chrono::milliseconds(300)});
  options.max_unstarted_jobs = dice.one_of({1u, 3u, 1'000u});
  options.max_attempts = dice.one_of<std::uint16_t>({1, 2, 3, 4});
  options.return_timeout = dice.one_of({std::chrono::seconds(2), std::chrono::seconds(5)});
  options.result_ttl = dice.one_of({std::chrono::seconds(5), std::chrono::seconds(600)});
  options.session_gone_after = dice.one_of({std::chrono::seconds(8), std::chrono::seconds(60)});
  return setting;
}

std::string FaultyWorld::Setting::text() const {
  const auto item = [](const char* name, std::int64_t value) {
    return std::string(" ") + name + "=" + std::to_string(value);
  };
  return strategy + item("sessions", sessions) + item("workers", workers) + item("queues", queues) +
         item("states", states) + item("users", users) + item("tags", tags) +
         item("max_states", max_states) + item("max_queued_jobs", options.max_queued_jobs) +
         item("max_queued_jobs_per_user", options.max_queued_jobs_per_user) +
         item("max_unfinished_jobs_per_session", options.max_unfinished_jobs_per_session) +
         item("max_lanes", options.max_lanes) + item("max_workers", options.max_workers) +
         item("max_unstarted_work_ms", options.max_unstarted_work / std::chrono::milliseconds(1)) +
         item("max_unstarted_jobs", options.max_unstarted_jobs) +
         item("max_attempts", options.max_attempts) +
         item("return_timeout_s", options.return_timeout / std::chrono::seconds(1)) +
         item("session_gone_after_s", options.session_gone_after / std::chrono::seconds(1));
}

FaultyWorld::FaultyWorld(const Setting& setting, Dice& dice)
    : setting_(setting),
      dice_(dice),
      scheduler_(setting.options, make_strategy(setting)),
      model_(setting.options, setting.strategy) {}

void FaultyWorld::step(const Event& event) {
  Actions actions;
  remember("event " + std::to_string(event.index()) + " at " +
           std::to_string((now_.time_since_epoch() / kTick)) + " ticks");
  scheduler_.step(now_, event, actions);
  if (watcher_) watcher_(now_, event, actions);
  for (const Action& action : actions) note(action);
  scheduler_.check_invariants();
  model_.check(now_, event, actions);
  model_.compare_with(scheduler_);
}

void FaultyWorld::note(const Action& action) {
  const std::string text = sentence(action);
  remember("  " + text);
  std::uint64_t bits = 0;
  if (const auto* assign = std::get_if<Assign>(&action)) {
    bits = assign->lease.bits();
    names_[assign->lease] = {assign->session, {assign->sequence, assign->attempt}};
    // Some assignments never arrive.
    if (!dice_.one_in(16)) held_[assign->worker].push_back(assign->lease);
  } else if (const auto* deliver = std::get_if<Deliver>(&action)) {
    bits = deliver->sequence;
    answers_[deliver->session].push_back({deliver->sequence, 0});
    told_[deliver->session].insert(deliver->sequence);
  } else if (const auto* forget = std::get_if<ForgetSession>(&action)) {
    answers_.erase(forget->session);
    told_.erase(forget->session);
    sent_.erase(forget->session);
  }
  for (const char c : text) trace_ = (trace_ ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  trace_ = (trace_ ^ bits) * 0x100'0000'01b3;
}

void FaultyWorld::remember(std::string line) {
  recent_.push_back(std::move(line));
  if (recent_.size() > 60) recent_.pop_front();
}

std::string FaultyWorld::recent() const {
  std::string text;
  for (const std::string& line : recent_) text.append(line).append("\n");
  return text;
}

void FaultyWorld::stir() {
  const std::uint64_t what = dice_.below(100);
  if (what < 24) return submit();
  if (what < 50) return report();
  if (what < 54) return report_wrongly();
  if (what < 57) return give_result();
  if (what < 67) return receive();
  if (what < 71) return cancel();
  if (what < 78) return session_event();
  if (what < 88) return worker_event();
  return pass_time();
}

/// Time passes in ticks, seconds, or until somebody's silence is noticed; the driver may be late.
void FaultyWorld::pass_time() {
  const std::int64_t ticks =
      dice_.one_of({std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, kTicksPerSecond,
                    2 * kTicksPerSecond, 5 * kTicksPerSecond, 9 * kTicksPerSecond});
  now_ += ticks * kTick;
  if (dice_.one_in(12)) step(DriverStalled{dice_.number(10) * kTicksPerSecond * kTick});
  const auto deadline = scheduler_.next_deadline();
  if (deadline && *deadline <= now_ && !dice_.one_in(4)) step(TimePassed{});
  if (dice_.one_in(300)) step(StopRequested{});
}

PayloadRef FaultyWorld::new_payloads(std::uint32_t count) {
  if (dice_.one_in(8)) return {};
  return {std::exchange(next_payload_, next_payload_ + count)};
}

std::optional<SessionId> FaultyWorld::any_open() {
  const SessionId id{dice_.number(setting_.sessions)};
  if (!scheduler_.is_open(id)) return std::nullopt;
  return id;
}

std::optional<WorkerId> FaultyWorld::any_worker() {
  const WorkerId id{dice_.number(setting_.workers)};
  if (!scheduler_.workers().joined(id)) return std::nullopt;
  return id;
}

}  // namespace steelyard::core
