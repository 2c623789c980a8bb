#pragma once

#include <string>
#include <string_view>

#include "steelyard/gateway/metrics/figures.hpp"

/// What a gateway tells the broker of itself, for the report `parts`.
namespace steelyard::gateway {

/// A valid name: that of the machine and the port, "balance-1:7480".
[[nodiscard]] std::string name_of_gateway(std::string_view host, std::string_view address);
[[nodiscard]] std::string announcement_of(std::string_view address, const GatewayFigures& figures);

}  // namespace steelyard::gateway
