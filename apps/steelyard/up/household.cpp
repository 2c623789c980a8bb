#include "up/household.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cli/console.hpp"

namespace steelyard::cli {
namespace {

constexpr std::string_view kHttpOn = "http on ";
constexpr std::chrono::seconds kFirstPause{1};
constexpr int kMaxDoublings = 5;

/// Whether a broker ended because of the address for HTTP, which somebody else has.
bool is_http_taken(const Error& error) {
  return error.context.find(": --http: cannot listen on ") != std::string::npos &&
         error.context.find("in use; choose another") != std::string::npos;
}

/// What a worker says when all is well need not be repeated at the start.
bool is_worth_telling(std::string_view line) {
  return line.find(": ready: serving ") == std::string_view::npos;
}

}  // namespace

Household::~Household() {
  stop_now();
  end_hubs();
}

Result<void> Household::start(const HouseholdPlan& plan) {
  drain_first_ = plan.drain_first;
  log_ = plan.log;
  auto broker = start_broker(plan, plan.has_http);
  if (!broker && plan.http_may_be_none && is_http_taken(broker.error())) {
    complain("up", fmt::format("{} is taken, so there is no HTTP; --http ADDRESS:PORT takes "
                               "another place",
                               plan.http));
    broker_.reset();
    broker = start_broker(plan, false);
  }
  if (!broker) return broker;
  broker_listener_ = std::jthread([this] { listen_to_broker(); });
  auto hubs = start_hubs(plan);
  const std::scoped_lock lock(mutex_);
  if (hubs || !broker_ended_) return hubs;
  return failure(ErrorCode::SystemError,
                 "the broker ended while the hubs started; its last words stand above");
}

Result<void> Household::start_hubs(const HouseholdPlan& plan) {
  for (const HouseholdPlan::Hub& hub : plan.hubs) {
    auto part = spawn_hub(hub);
    if (!part) return tl::unexpected(part.error());
    hubs_.push_back(std::make_unique<Hub>(Hub{.plan = hub, .part = std::move(*part)}));
  }
  for (const auto& hub : hubs_) {
    if (hub->plan.has_own_broker) continue;  // that one may come later
    if (auto ready = wait_until_ready(*hub); !ready) return ready;
  }
  return {};
}

bool Household::attend() {
  {
    const std::scoped_lock lock(mutex_);
    is_attended_ = true;
    for (const auto& hub : hubs_) {
      if (hub->listener.joinable()) continue;  // a reload has added it meanwhile
      hub->listener = std::jthread([this, &hub = *hub] { listen_to_hub(hub); });
    }
  }
  const bool as_told = wait_for_end();
  if (!as_told) {
    guard_->kill_all();
  } else if (drain_first_) {
    interrupt_hubs();
  } else {
    broker_->signal(signal_);
  }
  end_hubs();
  broker_listener_.join();
  return as_told;
}

void Household::stop(int signal) {
  {
    const std::scoped_lock lock(mutex_);
    signal_ = signal;
    stopping_ = true;
  }
  changed_.notify_all();
  if (drain_first_) {
    broker_->signal(signal);
  } else {
    interrupt_hubs();
  }
}

void Household::stop_now() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  guard_->kill_all();
}

void Household::add_hub(const HouseholdPlan::Hub& plan) {
  auto part = spawn_hub(plan);
  if (!part) return say("hub " + plan.name, "not started: " + part.error().context);
  const std::scoped_lock lock(mutex_);
  hubs_.push_back(std::make_unique<Hub>(Hub{.plan = plan, .part = std::move(*part)}));
  Hub& hub = *hubs_.back();
  if (stopping_) hub.part->interrupt();
  hub.listener = std::jthread([this, &hub] { listen_to_hub(hub); });
}

void Household::remove_hub(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  for (const auto& hub : hubs_) {
    if (hub->plan.name != name || hub->is_told_to_go) continue;
    hub->is_told_to_go = true;
    if (hub->part) hub->part->interrupt();
  }
  changed_.notify_all();
}

void Household::replan(const HouseholdPlan::Hub& plan) {
  const std::scoped_lock lock(mutex_);
  for (const auto& hub : hubs_) {
    if (hub->plan.name == plan.name) hub->plan.arguments = plan.arguments;
  }
}

Result<void> Household::start_broker(const HouseholdPlan& plan, bool has_http) {
  std::vector<std::string> arguments = plan.broker;
  std::ranges::move(log_arguments(log_), std::back_inserter(arguments));
  if (!has_http) {
    arguments.insert(arguments.end(), {"--http", "none"});
  } else if (!plan.http.empty()) {
    arguments.insert(arguments.end(), {"--http", plan.http});
  }
  auto part = Part::start(arguments, guard_);
  if (!part) return tl::unexpected(part.error());
  broker_ = std::move(*part);
  const auto wait_for = [this](std::string_view start) -> Result<std::string> {
    auto line = broker_->wait_for_line(start);
    if (line) return line;
    return failure(line.error().code,
                   fmt::format("the broker did not start: {}", line.error().context));
  };
  while (endpoints_.size() < plan.endpoints) {
    auto endpoint = wait_for(kListening);
    if (!endpoint) return tl::unexpected(endpoint.error());
    endpoints_.push_back(std::move(*endpoint));
  }
  if (!has_http) return {};
  auto address = wait_for(kHttpOn);
  if (!address) return tl::unexpected(address.error());
  http_ = std::move(*address);
  return {};
}

Result<std::unique_ptr<Part>> Household::spawn_hub(const HouseholdPlan::Hub& plan) {
  std::vector<std::string> arguments = plan.arguments;
  arguments.emplace_back("--log-to-output");
  std::ranges::move(log_arguments(log_), std::back_inserter(arguments));
  if (!plan.has_own_broker) arguments.insert(arguments.end(), {"--broker", endpoints_.front()});
  const std::string control = plan.control.empty() ? "none" : plan.control;
  arguments.insert(arguments.end(), {"--control", control});
  return Part::start(arguments, guard_);
}

Result<void> Household::wait_until_ready(const Hub& hub) {
  while (const auto line = hub.part->next_line()) {
    if (sentence_of(*line).starts_with(kReady)) return {};
    if (is_worth_telling(*line)) say("hub " + hub.plan.name, *line);
  }
  return failure(ErrorCode::SystemError,
                 fmt::format("the hub {} did not start: {}", hub.plan.name, hub.part->end()));
}

void Household::listen_to_broker() {
  while (const auto line = broker_->next_line()) say("broker", *line);
  const std::string how = broker_->end();
  const std::scoped_lock lock(mutex_);
  if (!stopping_) say("broker", "ended: " + how);
  broker_ended_ = true;
  // Its hubs would look for it and never be ready.
  if (!is_attended_) guard_->kill_all();
  changed_.notify_all();
}

void Household::listen_to_hub(Hub& hub) {
  const std::string name = "hub " + hub.plan.name;
  for (int tries = 0;; ++tries) {
    const auto began = std::chrono::steady_clock::now();
    while (const auto line = hub.part->next_line()) say(name, *line);
    const std::string how = hub.part->end();
    if (std::chrono::steady_clock::now() - began > std::chrono::minutes(1)) tries = 0;
    {
      const std::scoped_lock lock(mutex_);
      hub.has_ended = stopping_ || hub.is_told_to_go;
      changed_.notify_all();
      if (hub.has_ended) return;
      hub.part.reset();
    }
    say(name, fmt::format("ended: {}; it is started again", how));
    if (!start_again(hub, tries)) return;
  }
}

/// Returns whether there is another process to listen to.
bool Household::start_again(Hub& hub, int tries) {
  const auto is_over = [this, &hub] { return stopping_ || broker_ended_ || hub.is_told_to_go; };
  while (true) {
    std::unique_lock lock(mutex_);
    const auto pause = kFirstPause * (1 << std::min(tries++, kMaxDoublings));
    if (changed_.wait_for(lock, pause, is_over)) {
      hub.has_ended = true;
      changed_.notify_all();
      return false;
    }
    // Under the lock, so that whoever stops it finds it.
    auto part = spawn_hub(hub.plan);
    if (part) {
      hub.part = std::move(*part);
      return true;
    }
    say("hub " + hub.plan.name, "not started: " + part.error().context);
  }
}

/// Waits until those have ended that were told to first, or the broker has ended by itself.
/// Returns which of the two it was.
bool Household::wait_for_end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    const bool hubs_have_ended =
        std::ranges::all_of(hubs_, [](const auto& hub) { return hub->has_ended; });
    return broker_ended_ || (stopping_ && !drain_first_ && hubs_have_ended);
  });
  return std::exchange(stopping_, true);
}

void Household::interrupt_hubs() {
  const std::scoped_lock lock(mutex_);
  for (const auto& hub : hubs_) {
    if (hub->part && !hub->has_ended) hub->part->interrupt();
  }
}

/// Waits for all that listen to hubs.
void Household::end_hubs() {
  changed_.notify_all();
  std::vector<std::unique_ptr<Hub>> hubs;
  {
    const std::scoped_lock lock(mutex_);
    hubs = std::exchange(hubs_, {});
  }
  hubs.clear();
}

void Household::say(std::string_view name, std::string_view line) const {
  if (const auto shown = as_of_part(name, line, log_)) print_error(*shown + "\n");
}

}  // namespace steelyard::cli
