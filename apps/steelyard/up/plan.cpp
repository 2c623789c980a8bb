#include "up/plan.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/part.hpp"
#include "steelyard/gateway/gateway_options.hpp"

namespace steelyard::cli {
HouseholdPlan plan_demo(const UpOptions& options) {
  HouseholdPlan plan;
  plan.log = options.log;
  plan.broker = broker_arguments(options.listen, options.user_weights, options.journal);
  plan.has_http = options.http.on;
  plan.http = options.http.gateway.http.listen;
  plan.http_may_be_none = plan.http.empty();
  if (plan.http.empty()) plan.http = gateway::GatewayOptions().http.listen;
  plan.hubs.push_back({.name = kDemoQueue, .arguments = {"hub", "--demo"}});
  return plan;
}

HouseholdPlan::Hub plan_hub(const std::string& config, const service::HubSettings* hub) {
  if (hub == nullptr) return {.name = kOwnHub, .arguments = {"hub", config, "--workers"}};
  return {.name = hub->name,
          .arguments = {"hub", config, "--name", hub->name},
          .has_own_broker = !hub->broker.empty()};
}

HouseholdPlan plan_service(const UpOptions& options, const Configuration& configuration) {
  HouseholdPlan plan;
  plan.log = options.log;
  plan.broker = broker_arguments(options.listen, options.user_weights, options.journal);
  plan.broker.insert(plan.broker.end(), {"--config", options.config});
  plan.endpoints = options.listen.empty() ? configuration.broker.listen.size() : 1;
  plan.http = options.http.gateway.http.listen;
  plan.has_http = options.http.on && (configuration.has_gateway || !plan.http.empty());
  plan.drain_first = plan.has_http;
  plan.hubs.push_back(plan_hub(options.config, nullptr));
  for (const service::HubSettings& hub : configuration.hubs) {
    plan.hubs.push_back(plan_hub(options.config, &hub));
  }
  return plan;
}

}  // namespace steelyard::cli
