#include "steelyard/hub/crew.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::hub {
namespace {

/// A program of the user's own does not say when it is ready; one that fails at once is not.
constexpr Duration kProgramIsReadyAfter = std::chrono::seconds(1);

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

const char* to_string(GroupState state) {
  switch (state) {
    case GroupState::Running:
      return "running";
    case GroupState::BackingOff:
      return "backing_off";
    case GroupState::GivenUp:
      return "given_up";
    case GroupState::Stopping:
      break;
  }
  return "stopping";
}

Crew::Crew(const GroupSpec& spec)
    : spec_(spec),
      sizing_(spec.size),
      restarts_(spec.restarts),
      why_(spec.size.min == spec.size.max ? fmt::format("{} as configured", spec.size.max)
                                          : fmt::format("{} at least", spec.size.min)) {}

Actions Crew::time_passed(TimePoint now, const std::optional<Demand>& demand,
                          const std::function<bool(const std::string&)>& is_idle) {
  Actions actions;
  note_health(now);
  if (demand && !stopping_ && !given_up_) {
    resized(sizing_.look(now, *demand, {.ready = running(), .starting = starting()}), actions);
  }
  is_idle_ = is_idle;
  settle(now, actions);
  is_idle_ = nullptr;
  return actions;
}

Actions Crew::became_ready(TimePoint now, MemberId member) {
  Actions actions;
  const auto found = members_.find(member);
  if (found == members_.end()) return actions;
  found->second.ready = true;
  settle(now, actions);
  return actions;
}

Actions Crew::ended(TimePoint now, MemberId member, const std::string& how, bool success) {
  Actions actions;
  const auto found = members_.find(member);
  STEELYARD_ASSERT(found != members_.end());
  note_health(now);
  const Member gone = found->second;
  members_.erase(found);
  note_end(now, gone, how, success, actions);
  settle(now, actions);
  return actions;
}

Actions Crew::reconfigure(TimePoint now, const GroupSpec& spec) {
  Actions actions;
  if (spec.process != spec_.process || spec.queues != spec_.queues) ++generation_;
  if (spec != spec_ || given_up_) restarts_.forget();
  spec_ = spec;
  given_up_ = false;
  restarts_.change(spec.restarts);
  resized(sizing_.change(spec.size), actions);
  settle(now, actions);
  return actions;
}

Actions Crew::stop(TimePoint now) {
  Actions actions;
  stopping_ = true;
  settle(now, actions);
  return actions;
}

GroupState Crew::state() const {
  if (stopping_) return GroupState::Stopping;
  if (given_up_) return GroupState::GivenUp;
  return restarts_.crashes_in_a_row() > 0 ? GroupState::BackingOff : GroupState::Running;
}

std::optional<TimePoint> Crew::next_deadline() const {
  std::optional<TimePoint> next;
  const auto add = [&next](TimePoint time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [id, member] : members_) {
    if (member.stop_deadline && !member.killed) add(*member.stop_deadline);
  }
  const bool is_short =
      count([](const Member& member) { return !member.stop_deadline; }) < wanted();
  // While one is tried, the others wait for its health, which is looked at every second.
  if (is_short && !given_up_ && !waits_for_trial()) add(restarts_.not_before());
  return next;
}

std::uint32_t Crew::running() const {
  return count([](const Member& member) { return member.ready && !member.stop_deadline; });
}

std::uint32_t Crew::starting() const {
  return count([](const Member& member) { return !member.ready && !member.stop_deadline; });
}

void Crew::settle(TimePoint now, Actions& actions) {
  kill_late_ones(now, actions);
  start_missing(now, actions);
  stop_surplus(now, actions);
  replace_former(now, actions);
}

void Crew::note_health(TimePoint now) {
  for (auto& [id, member] : members_) {
    if (spec_.process.is_program && now - member.started >= kProgramIsReadyAfter) {
      member.ready = true;
    }
    if (member.healthy || member.stop_deadline) continue;
    if (now - member.started < restarts_.spec().healthy_after) continue;
    member.healthy = true;
    restarts_.became_healthy();
  }
}

void Crew::kill_late_ones(TimePoint now, Actions& actions) {
  for (auto& [id, member] : members_) {
    if (!member.stop_deadline || member.killed || now < *member.stop_deadline) continue;
    member.killed = true;
    actions.push_back(Tell{fmt::format("{} did not end within {:.3g} s of being told to "
                                       "(stop_grace_s), so it is killed",
                                       member.name, seconds(spec_.stop_grace)),
                           true});
    actions.push_back(KillWorker{id});
  }
}

void Crew::start_missing(TimePoint now, Actions& actions) {
  const std::uint32_t there = count([](const Member& member) { return !member.stop_deadline; });
  for (std::uint32_t i = there; i < wanted() && may_start(now); ++i) start_one(now, actions);
}

/// One at a time, the new one first; `most_dispensable` says who goes for it.
void Crew::replace_former(TimePoint now, Actions& actions) {
  if (stopping_ || formers() == 0) return;
  const std::uint32_t there = count([](const Member& member) { return !member.stop_deadline; });
  if (there <= wanted() && may_start(now)) start_one(now, actions);
}

void Crew::stop_surplus(TimePoint now, Actions& actions) {
  while (const auto member = most_dispensable()) stop_one(now, *member, actions);
}

void Crew::start_one(TimePoint now, Actions& actions) {
  const MemberId id{next_member_++};
  Member member;
  member.number = free_number();
  member.name = worker_name(spec_, member.number);
  member.generation = generation_;
  member.round = restarts_.round();
  member.started = now;
  actions.push_back(StartWorker{id, member.name});
  members_.emplace(id, std::move(member));
}

void Crew::stop_one(TimePoint now, MemberId id, Actions& actions) {
  members_.at(id).stop_deadline = now + spec_.stop_grace;
  actions.push_back(StopWorker{id});
}

void Crew::note_end(TimePoint now, const Member& member, const std::string& how, bool success,
                    Actions& actions) {
  if (member.stop_deadline) {
    actions.push_back(Tell{fmt::format("{} has ended: {}", member.name, how), false});
    return;
  }
  ++restart_count_;
  // Somebody has drained it: another one takes its place.
  if (success && member.healthy) {
    actions.push_back(Tell{fmt::format("{} ended by itself; another one follows", member.name)});
    return;
  }
  evidence_ = fmt::format("{}: {}", member.name, how);
  restarts_.crashed(now, member.round, member.healthy);
  // One that is still to show whether it works may end the row.
  const bool nobody_is_left = count([](const Member& other) { return !other.stop_deadline; }) == 0;
  if (stopping_ || given_up_) {
    actions.push_back(Tell{fmt::format("{} ended: {}", member.name, how), true});
  } else if (nobody_is_left && restarts_.is_hopeless(now)) {
    give_up(actions);
  } else {
    const Duration pause = std::max(restarts_.not_before() - now, Duration());
    actions.push_back(
        Tell{fmt::format("{} ended: {}; the next try is in {:.2g} s (crash {} in a "
                         "row)",
                         member.name, how, seconds(pause), restarts_.crashes_in_a_row()),
             true});
  }
}

void Crew::give_up(Actions& actions) {
  given_up_ = true;
  actions.push_back(
      Tell{fmt::format("group {} is given up after {} crashes in a row; the last one: "
                       "{}. Mend its command, then `steelyard reload`",
                       spec_.name, restarts_.crashes_in_a_row(), evidence_),
           true});
}

void Crew::resized(const std::string& why, Actions& actions) {
  if (why.empty()) return;
  why_ = why;
  actions.push_back(Tell{fmt::format("group {}: {}", spec_.name, why)});
}

bool Crew::may_start(TimePoint now) const {
  if (stopping_ || given_up_ || now < restarts_.not_before()) return false;
  return !waits_for_trial();
}

bool Crew::waits_for_trial() const {
  return restarts_.is_careful() &&
         count([](const Member& member) { return !member.healthy && !member.stop_deadline; }) > 0;
}

std::uint32_t Crew::free_number() const {
  std::uint32_t number = 1;
  const auto is_taken = [this](std::uint32_t candidate) {
    return std::ranges::any_of(members_,
                               [&](const auto& entry) { return entry.second.number == candidate; });
  };
  while (is_taken(number)) ++number;
  return number;
}

std::uint32_t Crew::count(const std::function<bool(const Member&)>& which) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(members_, [&which](const auto& entry) { return which(entry.second); }));
}

std::uint32_t Crew::formers() const {
  return count([this](const Member& member) {
    return !member.stop_deadline && member.generation < generation_;
  });
}

/// The worker to stop next, if there are too many: of former settings before others, not ready
/// before ready, idle before busy, the youngest first.
std::optional<MemberId> Crew::most_dispensable() const {
  const std::uint32_t there = count([](const Member& member) { return !member.stop_deadline; });
  const bool has_one_coming =
      count([this](const Member& member) {
        return !member.stop_deadline && member.generation == generation_ && !member.ready;
      }) > 0;
  // The former one stays until the one that takes its place is ready.
  const std::uint32_t spare = !stopping_ && has_one_coming && formers() > 0 ? 1 : 0;
  // Before anybody is ranked: whether a worker is idle is dear to know.
  if (there <= wanted() + spare) return std::nullopt;
  using Rank = std::tuple<bool, bool, bool, MemberId>;
  std::optional<Rank> best;
  for (const auto& [id, member] : members_) {
    if (member.stop_deadline) continue;
    const bool is_former = member.generation < generation_;
    const bool is_idle = is_idle_ && is_idle_(member.name);
    const Rank rank{is_former, !member.ready, is_idle, id};
    if (!best || rank > *best) best = rank;
  }
  return std::get<MemberId>(*best);
}

}  // namespace steelyard::hub
