#include "steelyard/hub/hub.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "steelyard/hub/announcement.hpp"
#include "steelyard/hub/control_messages.hpp"
#include "steelyard/hub/memory_use.hpp"
#include "steelyard/monitor/warnings.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::hub {
namespace {

constexpr std::chrono::seconds kTick{1};
/// A broker that has said nothing for so long is silent.
constexpr std::chrono::seconds kSnapshotIsOldAfter{5};
constexpr std::string_view kUsualLoadFile = "/proc/stat";

TimePoint clock_now() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

int milliseconds_until(TimePoint deadline, TimePoint now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

std::string sentence_about(const std::string& file, const std::vector<std::string>& changes) {
  return fmt::format(
      "reloaded {}: {}", file,
      changes.empty() ? "nothing has changed" : fmt::format("{}", fmt::join(changes, "; ")));
}

}  // namespace

Result<std::unique_ptr<Hub>> Hub::open(HubOptions options, std::shared_ptr<ChildGuard> guard) {
  auto wake = WakeEvent::make();
  if (!wake) return tl::unexpected(wake.error());
  std::unique_ptr<ControlSocket> control;
  if (!options.control.empty()) {
    auto opened = ControlSocket::open(options.control);
    if (!opened) return tl::unexpected(opened.error());
    control = std::move(*opened);
  }
  std::unique_ptr<Hub> hub(new Hub(std::move(options), std::move(guard), std::move(*wake)));
  hub->control_ = std::move(control);
  return hub;
}

Hub::Hub(HubOptions options, std::shared_ptr<ChildGuard> guard, WakeEvent wake)
    : options_(std::move(options)),
      guard_(std::move(guard)),
      wake_(std::move(wake)),
      machine_load_(options_.surroundings.machine_load_file.empty()
                        ? std::string(kUsualLoadFile)
                        : options_.surroundings.machine_load_file),
      watch_(options_.surroundings.endpoint, options_.name) {}

Hub::~Hub() = default;

void Hub::run() {
  for (const GroupSpec& spec : options_.groups) add_group(spec, clock_now());
  while (true) {
    const TimePoint now = clock_now();
    obey(now);
    tick(now);
    for (const auto& group : groups_) group->look(now);
    std::erase_if(groups_, [](const auto& group) { return group->crew().is_over(); });
    say_when_ready();
    if (stopping_ && groups_.empty()) return;
    wait(now);
  }
}

void Hub::stop() {
  stop_asked_ = true;
  wake_.set();
}

void Hub::stop_now() {
  guard_->kill_all();
  stop();
}

void Hub::reload() {
  reload_asked_ = true;
  wake_.set();
}

/// What other threads have asked for.
void Hub::obey(TimePoint now) {
  wake_.clear();
  if (reload_asked_.exchange(false)) {
    const auto changes = reload(now, options_.config, false);
    options_.log(!changes, changes ? sentence_about(options_.config, *changes)
                                   : "not reloaded: " + changes.error().context);
  }
  if (!stop_asked_ || std::exchange(stopping_, true)) return;
  for (const auto& group : groups_) group->stop(now);
}

void Hub::tick(TimePoint now) {
  const bool is_due = now >= next_tick_;
  if (is_due) next_tick_ = now + kTick;
  if (is_due) look_at_broker(now);
  const bool is_known = is_due && viewed_ && now - *viewed_ < kSnapshotIsOldAfter;
  const auto is_idle = [this](const std::string& name) { return view_.is_idle(name); };
  for (const auto& group : groups_) {
    const auto due = group->crew().next_deadline();
    if (!is_due && !(due && *due <= now)) continue;
    group->time_passed(
        now, is_known ? std::optional(view_.demand(group->crew().spec().queues)) : std::nullopt,
        is_idle);
  }
  if (!is_due) return;
  look_at_memory(now);
  announce();
}

void Hub::look_at_broker(TimePoint now) {
  // The broker may be ending as well, as it does after a Ctrl+C that both got.
  if (stopping_) return;
  std::string why = watch_.silence();
  if (auto snapshot = watch_.take_snapshot()) {
    if (const auto taken = view_.take(*snapshot)) {
      viewed_ = now;
    } else {
      why = taken.error().context;
    }
  }
  if (!began_) began_ = now;
  const bool is_silent = now - viewed_.value_or(*began_) > kSnapshotIsOldAfter;
  if (is_silent == std::exchange(is_silent_, is_silent)) return;
  options_.log(is_silent,
               is_silent ? "no snapshot from the broker, so the numbers of workers stay: " + why
                         : "the broker sends snapshots again");
}

void Hub::look_at_memory(TimePoint now) {
  std::vector<pid_t> limited;
  for (const auto& group : groups_) group->add_limited(limited);
  const auto memory = limited.empty() ? std::map<pid_t, std::uint64_t>() : memory_of_trees(limited);
  for (const auto& group : groups_) group->second_passed(now, memory);
}

void Hub::announce() {
  static const std::string kHost = zmq_runtime::host_name();
  watch_.announce(announcement(kHost, machine_load_.look() * 10U, crews()));
}

/// Once, when every group has what it is to begin with, or does not get it.
void Hub::say_when_ready() {
  if (said_ready_ || stopping_) return;
  std::uint32_t workers = 0;
  for (const auto& group : groups_) {
    const Crew& crew = group->crew();
    if (crew.state() == GroupState::Running && crew.running() < crew.wanted()) return;
    workers += crew.running();
  }
  said_ready_ = true;
  options_.log(false, fmt::format("ready: {} in {}", monitor::counted(workers, "worker", "workers"),
                                  monitor::counted(groups_.size(), "group", "groups")));
}

void Hub::wait(TimePoint now) {
  TimePoint until = next_tick_;
  std::vector<pollfd> polled{{wake_.fd(), POLLIN, 0}};
  for (const auto& group : groups_) {
    if (const auto due = group->crew().next_deadline()) until = std::min(until, *due);
    group->add_descriptors(now, polled);
  }
  if (control_) {
    for (const int fd : control_->descriptors()) polled.push_back({fd, POLLIN, 0});
  }
  ::poll(polled.data(), polled.size(), milliseconds_until(until, clock_now()));
  if (control_) {
    control_->work([this](const std::string& line) { return answer(clock_now(), line); });
  }
}

void Hub::add_group(const GroupSpec& spec, TimePoint now) {
  groups_.push_back(std::make_unique<GroupProcesses>(
      spec, GroupProcesses::Means{options_.surroundings, guard_, options_.log}));
  groups_.back()->time_passed(now, std::nullopt, {});
}

void Hub::apply(TimePoint now, const std::vector<GroupSpec>& groups) {
  for (const auto& group : groups_) {
    const std::string& name = group->crew().spec().name;
    const bool stays = std::ranges::find(groups, name, &GroupSpec::name) != groups.end();
    if (!stays && group->crew().state() != GroupState::Stopping) group->stop(now);
  }
  for (const GroupSpec& spec : groups) {
    GroupProcesses* const group = find(spec.name);
    if (group == nullptr) {
      add_group(spec, now);
    } else if (spec != group->crew().spec() || group->crew().state() == GroupState::GivenUp) {
      group->reconfigure(now, spec);
    }
  }
  options_.groups = groups;
}

Result<std::vector<std::string>> Hub::reload(TimePoint now, const std::string& file, bool dry_run) {
  if (stopping_) return failure(ErrorCode::Stopped, "the hub is stopping");
  if (file.empty()) return failure(ErrorCode::InvalidArgument, "the hub has no file");
  auto groups = options_.read(file);
  if (!groups) return tl::unexpected(groups.error());
  std::vector<std::string> changes = differences(options_.groups, *groups);
  for (const auto& group : groups_) {
    const std::string& name = group->crew().spec().name;
    const bool stays = std::ranges::find(*groups, name, &GroupSpec::name) != groups->end();
    if (!stays || group->crew().state() != GroupState::GivenUp) continue;
    changes.push_back(fmt::format("~ group {}: was given up, is tried again", name));
  }
  if (dry_run) return changes;
  options_.config = file;
  apply(now, *groups);
  return changes;
}

std::string Hub::answer(TimePoint now, const std::string& line) {
  const auto request = read_request(line);
  if (!request) return refusal(request.error());
  if (!request->is_reload) {
    return introduction({.kind = "hub", .name = options_.name, .config = options_.config});
  }
  const std::string& file = request->config.empty() ? options_.config : request->config;
  const auto changes = reload(now, file, request->dry_run);
  if (!changes) return refusal(changes.error());
  if (!request->dry_run) options_.log(false, sentence_about(options_.config, *changes));
  return changes_answer(options_.name, *changes);
}

GroupProcesses* Hub::find(const std::string& group) {
  const auto found = std::ranges::find_if(groups_, [&group](const auto& one) {
    return one->crew().spec().name == group && one->crew().state() != GroupState::Stopping;
  });
  return found == groups_.end() ? nullptr : found->get();
}

std::vector<const Crew*> Hub::crews() const {
  std::vector<const Crew*> crews;
  for (const auto& group : groups_) crews.push_back(&group->crew());
  return crews;
}

}  // namespace steelyard::hub
