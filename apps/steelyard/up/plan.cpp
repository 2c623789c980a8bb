#include "up/plan.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "steelyard/gateway/gateway_options.hpp"

namespace steelyard::cli {
namespace {

/// The broker as the flags say it.
std::vector<std::string> broker_flags(const UpOptions& options) {
  std::vector<std::string> arguments{"broker", "--log-to-output"};
  if (!options.listen.empty()) arguments.insert(arguments.end(), {"--listen", options.listen});
  for (std::string& argument : user_weight_arguments(options.user_weights)) {
    arguments.push_back(std::move(argument));
  }
  if (!options.journal.empty()) arguments.insert(arguments.end(), {"--journal", options.journal});
  return arguments;
}

}  // namespace

HouseholdPlan plan_demo(const UpOptions& options) {
  HouseholdPlan plan;
  plan.broker = broker_flags(options);
  plan.has_http = options.http.on;
  plan.http = options.http.gateway.http.listen;
  plan.http_may_be_none = plan.http.empty();
  if (plan.http.empty()) plan.http = gateway::GatewayOptions().http.listen;
  for (int i = 1; i <= kDemoWorkers; ++i) {
    plan.workers.push_back(
        {fmt::format("{}-{}", kDemoQueue, i), {"--queue", kDemoQueue, "--builtin", "primes"}});
  }
  return plan;
}

HouseholdPlan plan_service(const UpOptions& options, const Configuration& configuration) {
  HouseholdPlan plan;
  plan.broker = broker_flags(options);
  plan.broker.insert(plan.broker.end(), {"--config", options.config});
  plan.endpoints = options.listen.empty() ? configuration.broker.listen.size() : 1;
  plan.http = options.http.gateway.http.listen;
  plan.has_http = options.http.on && (configuration.has_gateway || !plan.http.empty());
  plan.drain_first = plan.has_http;
  std::map<std::string, std::uint32_t> numbers;
  for (const WorkerSettings& worker : configuration.workers) {
    // A name that was said stays as it is when there is but one to bear it.
    const bool is_numbered = worker.name.empty() || worker.count > 1;
    const std::string& name = worker.name.empty() ? worker.arguments.at(1) : worker.name;
    for (std::uint32_t i = 0; i < worker.count; ++i) {
      plan.workers.push_back(
          {is_numbered ? fmt::format("{}-{}", name, ++numbers[name]) : name, worker.arguments});
    }
  }
  return plan;
}

}  // namespace steelyard::cli
