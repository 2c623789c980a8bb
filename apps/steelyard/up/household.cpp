#include "up/household.hpp"

#include <thread>
#include <utility>

#include <fmt/format.h>

#include "cli/console.hpp"

namespace steelyard::cli {
namespace {

constexpr std::string_view kHttpOn = "http on ";

/// Whether a broker ended because of the address for HTTP, which somebody else has.
bool is_http_taken(const Error& error) {
  return error.context.find(": --http: ") != std::string::npos && error.context.ends_with("in use");
}

}  // namespace

Result<void> Household::start(const HouseholdPlan& plan) {
  drain_first_ = plan.drain_first;
  auto broker = start_broker(plan, plan.has_http);
  if (!broker && plan.http_may_be_none && is_http_taken(broker.error())) {
    complain("up", fmt::format("{} is taken, so there is no HTTP; --http ADDRESS:PORT takes "
                               "another place",
                               plan.http));
    children_.clear();
    broker = start_broker(plan, false);
  }
  if (!broker) return broker;
  return start_workers(plan);
}

bool Household::attend() {
  std::vector<std::jthread> listeners;
  for (const auto& child : children_) {
    listeners.emplace_back([this, &child] { listen(*child); });
  }
  const bool as_told = wait_for_end();
  if (!as_told) {
    guard_->kill_all();
  } else if (drain_first_) {
    interrupt_workers();
  } else {
    interrupt_broker();
  }
  return as_told;
}

void Household::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  if (drain_first_) {
    interrupt_broker();
  } else {
    interrupt_workers();
  }
  changed_.notify_all();
}

Result<void> Household::start_broker(const HouseholdPlan& plan, bool has_http) {
  std::vector<std::string> arguments = plan.broker;
  if (!has_http) {
    arguments.insert(arguments.end(), {"--http", "none"});
  } else if (!plan.http.empty()) {
    arguments.insert(arguments.end(), {"--http", plan.http});
  }
  if (auto spawned = spawn("broker", arguments); !spawned) return spawned;
  while (endpoints_.size() < plan.endpoints) {
    auto endpoint = wait_for_line(*children_.front(), kListening);
    if (!endpoint) return tl::unexpected(endpoint.error());
    endpoints_.push_back(std::move(*endpoint));
  }
  if (!has_http) return {};
  auto address = wait_for_line(*children_.front(), kHttpOn);
  if (!address) return tl::unexpected(address.error());
  http_ = std::move(*address);
  return {};
}

Result<void> Household::start_workers(const HouseholdPlan& plan) {
  for (const HouseholdPlan::Worker& worker : plan.workers) {
    std::vector<std::string> arguments{"worker",           "--log-to-output", "--broker",
                                       endpoints_.front(), "--name",          worker.name};
    arguments.insert(arguments.end(), worker.arguments.begin(), worker.arguments.end());
    if (auto spawned = spawn("worker " + worker.name, arguments); !spawned) return spawned;
  }
  for (std::size_t i = 1; i < children_.size(); ++i) {
    if (auto ready = wait_for_line(*children_[i], kReady); !ready) {
      return tl::unexpected(ready.error());
    }
  }
  workers_left_ = plan.workers.size();
  return {};
}

Result<void> Household::spawn(const std::string& name, const std::vector<std::string>& arguments) {
  auto part = Part::start(arguments, guard_);
  if (!part) return tl::unexpected(part.error());
  children_.push_back(std::make_unique<Child>(Child{name, std::move(*part)}));
  return {};
}

/// Returns the rest of the line.
Result<std::string> Household::wait_for_line(Child& child, std::string_view start) {
  auto line = child.part->wait_for_line(start);
  if (line) return line;
  return failure(ErrorCode::SystemError,
                 fmt::format("the {} did not start: {}", child.name, line.error().context));
}

void Household::listen(const Child& child) {
  while (const auto line = child.part->next_line()) say(child.name, *line);
  const std::string how = child.part->end();
  const std::scoped_lock lock(mutex_);
  if (!stopping_) say(child.name, "ended: " + how);
  if (&child == children_.front().get()) {
    broker_ended_ = true;
  } else {
    --workers_left_;
  }
  changed_.notify_all();
}

/// Waits until those have ended that were told to first, or the broker has ended by itself.
/// Returns which of the two it was.
bool Household::wait_for_end() {
  std::unique_lock lock(mutex_);
  changed_.wait(
      lock, [this] { return broker_ended_ || (stopping_ && !drain_first_ && workers_left_ == 0); });
  return std::exchange(stopping_, true);
}

void Household::interrupt_workers() {
  for (std::size_t i = 1; i < children_.size(); ++i) children_[i]->part->interrupt();
}

void Household::say(std::string_view name, std::string_view sentence) {
  print_error(fmt::format("{}: {}\n", name, sentence));
}

}  // namespace steelyard::cli
