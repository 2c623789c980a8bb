#pragma once

#include <vector>

#include "steelyard/gateway/endpoint.hpp"

namespace steelyard::gateway {

/// The calls that deliver the monitor page: at /monitor and /, and its files under
/// /monitor/assets/. A browser may load nothing from elsewhere, run no script and use no style that
/// is not a file of its own, and show the page in no frame; it asks anew each time, and is told in
/// a few bytes that what it has is still right.
[[nodiscard]] std::vector<EndpointEntry> page_endpoints();

}  // namespace steelyard::gateway
