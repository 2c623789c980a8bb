#pragma once

#include <string>

#include "cli/logging.hpp"
#include "cli/user_weights.hpp"
#include "settings/config_file.hpp"
#include "settings/http_flags.hpp"
#include "steelyard/base/result.hpp"
#include "up/household.hpp"

namespace steelyard::cli {

inline constexpr const char* kDemoQueue = "demo";
inline constexpr int kDemoWorkers = 2;
/// The hub of the groups in `workers`.
using service::kOwnHub;

/// What is typed after `steelyard up`.
struct UpOptions {
  std::string config;  ///< empty: the demo
  std::string listen;  ///< empty: not said, as with all of these
  UserWeights user_weights;
  std::string journal;
  HttpChoice http;
  LogOptions log;
  bool check = false;  ///< only say whether the configuration is sound

  UpOptions() {
    http.on = true;
    http.gateway.http.listen.clear();
  }
};

/// The demo: workers for the queue `demo`, and HTTP if its place is free.
[[nodiscard]] HouseholdPlan plan_demo(const UpOptions& options);

/// A hub of a configuration file; null: that of its `workers`, which is there even while there are
/// none, so that some may be added.
[[nodiscard]] HouseholdPlan::Hub plan_hub(const std::string& config,
                                          const service::HubSettings* hub);

/// What a configuration file asks for. Flags win over it.
[[nodiscard]] HouseholdPlan plan_service(const UpOptions& options,
                                         const Configuration& configuration);

}  // namespace steelyard::cli
