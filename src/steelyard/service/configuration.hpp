#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/config/section.hpp"
#include "steelyard/gateway/gateway_options.hpp"
#include "steelyard/hub/group_spec.hpp"
#include "steelyard/runtime/zmq/broker.hpp"

/// The one configuration file, docs/configuration.md. Each part takes the sections that concern it;
/// all of them are checked.
namespace steelyard::service {

/// Whoever is alive says so every second; one message may be late.
inline constexpr std::int64_t kShortestSilenceMs = 2'000;
/// No job waits for longer.
inline constexpr std::int64_t kLongestUnserved_s = 48 * 60 * 60;

/// What the hub of `workers` is called, so that no other may be.
inline constexpr const char* kOwnHub = "up";

/// Groups of workers on one machine.
struct HubSettings {
  std::string name;
  std::string broker;  ///< where it is; empty: not said
  std::vector<hub::GroupSpec> groups;
};

struct Configuration {
  BrokerOptions broker;
  gateway::GatewayOptions gateway;
  bool has_gateway = false;
  std::vector<hub::GroupSpec> workers;  ///< of the hub of `steelyard up` itself
  std::vector<HubSettings> hubs;
  std::string broker_text;  ///< the sections as they stand, to see whether they have changed
  std::string gateway_text;
};

/// Whether the groups of a hub are to be run by this program, so that their commands have to be
/// found on this machine; an empty name stands for `workers`.
using RunsHere = std::function<bool(std::string_view hub)>;

/// Which settings flags win over, so that what the file says of them does not matter.
struct Overruled {
  bool listen = false;
  bool http = false;
};

/// `runs_here`: empty: none of them. `overruled`: said by those who take the rest as it stands:
/// then mistakes are also what flags or plugins could have put right, a strategy that is not built
/// in and addresses that need `insecure`.
/// Errors: InvalidArgument when it cannot be read, or with a line for each mistake.
[[nodiscard]] Result<Configuration> read_configuration(const std::string& file,
                                                       const RunsHere& runs_here = {},
                                                       std::optional<Overruled> overruled = {});

/// As `read_configuration`, over a text.
[[nodiscard]] Result<Configuration> parse_configuration(const std::string& file,
                                                        std::string_view text,
                                                        const RunsHere& runs_here = {},
                                                        std::optional<Overruled> overruled = {});

void read_broker_settings(config::Section& section, BrokerOptions& broker);

/// Reads a group. `check_command`: its command has to be found on this machine.
void read_group_settings(config::Section& section, hub::GroupSpec& group, bool check_command);

}  // namespace steelyard::service
