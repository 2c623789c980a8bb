#include "up/plan.hpp"

#include <cstdint>
#include <map>

#include <fmt/format.h>

#include "cli/part.hpp"
#include "steelyard/gateway/gateway_options.hpp"

namespace steelyard::cli {
HouseholdPlan plan_demo(const UpOptions& options) {
  HouseholdPlan plan;
  plan.broker = broker_arguments(options.listen, options.user_weights, options.journal);
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
  plan.broker = broker_arguments(options.listen, options.user_weights, options.journal);
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
