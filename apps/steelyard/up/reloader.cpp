#include "up/reloader.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "steelyard/hub/control_messages.hpp"
#include "up/plan.hpp"

namespace steelyard::cli {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kLookEvery_ms = 1'000;
/// How a change begins that a hub has not made.
constexpr std::string_view kMissed = "! hub ";

bool has_hub(const std::vector<HouseholdPlan::Hub>& hubs, const std::string& name) {
  return std::ranges::find(hubs, name, &HouseholdPlan::Hub::name) != hubs.end();
}

bool has_hub(const Configuration& read, const std::string& name) {
  return name == kOwnHub ||
         std::ranges::find(read.hubs, name, &service::HubSettings::name) != read.hubs.end();
}

/// Where the file says that a hub's broker is; empty: it does not.
std::string broker_of(const Configuration& read, const std::string& name) {
  const auto hub = std::ranges::find(read.hubs, name, &service::HubSettings::name);
  return hub == read.hubs.end() ? std::string() : hub->broker;
}

}  // namespace

std::string hub_control_path(const std::string& hub) {
  // One of this name that was removed may still finish its work at its own path.
  static std::atomic<std::uint32_t> count = 0;
  const auto path = hub::make_control_path(fmt::format("up.{}.{}", ++count, hub));
  return path ? *path : std::string();
}

Result<std::unique_ptr<Reloader>> Reloader::start(Household& household, const std::string& config,
                                                  const Configuration& running,
                                                  std::vector<HouseholdPlan::Hub> hubs,
                                                  const std::string& control) {
  auto wake = WakeEvent::make();
  if (!wake) return tl::unexpected(wake.error());
  auto socket = hub::ControlSocket::open(control);
  if (!socket) return tl::unexpected(socket.error());
  return std::unique_ptr<Reloader>(new Reloader(household, config, running, std::move(hubs),
                                                std::move(*socket), std::move(*wake)));
}

Reloader::Reloader(Household& household, std::string config, const Configuration& running,
                   std::vector<HouseholdPlan::Hub> hubs,
                   std::unique_ptr<hub::ControlSocket> control, WakeEvent wake)
    : household_(household),
      config_(std::move(config)),
      running_(running),
      hubs_(std::move(hubs)),
      control_(std::move(control)),
      wake_(std::move(wake)),
      thread_([this](const std::stop_token& stop) { listen(stop); }) {}

Reloader::~Reloader() {
  thread_.request_stop();
  wake_.set();
}

void Reloader::reload() {
  reload_asked_ = true;
  wake_.set();
}

void Reloader::listen(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> polled{{wake_.fd(), POLLIN, 0}};
    for (const int fd : control_->descriptors()) polled.push_back({fd, POLLIN, 0});
    ::poll(polled.data(), polled.size(), kLookEvery_ms);
    wake_.clear();
    control_->work([this](const std::string& line) { return answer(line); });
    if (!reload_asked_.exchange(false)) continue;
    const auto changes = reload(config_, false);
    if (!changes) complain("up", "not reloaded: " + changes.error().context);
  }
}

std::string Reloader::answer(const std::string& line) {
  const auto request = hub::read_request(line);
  if (!request) return hub::refusal(request.error());
  if (!request->is_reload) {
    return hub::introduction({.kind = "up", .name = "up", .config = config_});
  }
  const auto changes =
      reload(request->config.empty() ? config_ : request->config, request->dry_run);
  return changes ? hub::changes_answer("up", *changes) : hub::refusal(changes.error());
}

Result<std::vector<std::string>> Reloader::reload(const std::string& file, bool dry_run) {
  // Flags of `steelyard up` may win over the addresses.
  const auto read = read_configuration(
      file, [](std::string_view) { return true; },
      service::Overruled{.listen = true, .http = true});
  if (!read) return tl::unexpected(read.error());
  auto changes = pass_on(file, true, *read);
  if (!changes || dry_run) return changes;
  changes = pass_on(file, false, *read);
  if (!changes) return changes;
  change_hubs(file, *read);
  config_ = file;
  running_.hubs = read->hubs;  // broker and gateway go on as they were started
  print_error(fmt::format(
      "reloaded {}: {}\n", file,
      changes->empty() ? "nothing has changed" : fmt::format("{}", fmt::join(*changes, "; "))));
  const bool all_have = std::ranges::none_of(
      *changes, [](const std::string& change) { return change.starts_with(kMissed); });
  if (all_have) return changes;
  return failure(ErrorCode::SystemError,
                 fmt::format("only a part is done: {}", fmt::join(*changes, "; ")));
}

/// Has each hub that stays reload, or only look.
Result<std::vector<std::string>> Reloader::pass_on(const std::string& file, bool dry_run,
                                                   const Configuration& read) {
  std::vector<std::string> changes;
  for (const HouseholdPlan::Hub& one : hubs_) {
    if (!has_hub(read, one.name)) {
      changes.push_back("- hub " + one.name);
      continue;
    }
    if (broker_of(running_, one.name) != broker_of(read, one.name)) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("the broker of hub {} has changed: start `steelyard up` again for "
                                 "that",
                                 one.name));
    }
    const auto said = hub::ask_to_reload(
        one.control, {.is_reload = true, .config = file, .dry_run = dry_run}, kPatience);
    if (!said && !dry_run) {
      // Others have done it by now, so that the rest follows.
      changes.push_back(fmt::format("{}{} has not reloaded: {}; reload again", kMissed, one.name,
                                    said.error().context));
      continue;
    }
    if (!said) {
      return failure(said.error().code, fmt::format("hub {}: {}", one.name, said.error().context));
    }
    for (const std::string& change : *said) {
      changes.push_back(one.name == kOwnHub ? change : fmt::format("hub {}: {}", one.name, change));
    }
  }
  for (const service::HubSettings& hub : read.hubs) {
    if (!has_hub(hubs_, hub.name)) changes.push_back("+ hub " + hub.name);
  }
  for (const auto& [name, before, after] :
       {std::tuple("broker", running_.broker_text, read.broker_text),
        std::tuple("gateway", running_.gateway_text, read.gateway_text)}) {
    if (before == after) continue;
    changes.push_back(fmt::format(
        "! section {} has changed, which takes effect when `steelyard up` is started again", name));
  }
  return changes;
}

void Reloader::change_hubs(const std::string& file, const Configuration& read) {
  for (const HouseholdPlan::Hub& hub : hubs_) {
    if (!has_hub(read, hub.name)) household_.remove_hub(hub.name);
  }
  std::erase_if(hubs_, [&read](const auto& hub) { return !has_hub(read, hub.name); });
  for (HouseholdPlan::Hub& one : hubs_) {
    const auto settings = std::ranges::find(read.hubs, one.name, &service::HubSettings::name);
    one.arguments = plan_hub(file, settings == read.hubs.end() ? nullptr : &*settings).arguments;
    household_.replan(one);
  }
  for (const service::HubSettings& settings : read.hubs) {
    if (has_hub(hubs_, settings.name)) continue;
    HouseholdPlan::Hub hub = plan_hub(file, &settings);
    hub.control = hub_control_path(hub.name);
    household_.add_hub(hub);
    hubs_.push_back(std::move(hub));
  }
}

}  // namespace steelyard::cli
