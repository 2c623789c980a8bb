#pragma once

#include "steelyard/config/section.hpp"
#include "steelyard/gateway/gateway_options.hpp"

namespace steelyard::gateway {

/// Reads the section "gateway" of a configuration: a line for each setting, see
/// docs/configuration.md. What it does not say stays as it is.
void read_settings(config::Section& gateway, GatewayOptions& options);

}  // namespace steelyard::gateway
