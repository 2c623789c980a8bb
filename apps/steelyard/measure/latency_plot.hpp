#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "steelyard/base/time.hpp"

namespace steelyard::cli {

/// How long a server's answers take at several rates of requests.
struct LatencyCurve {
  struct Point {
    double per_s = 0;  ///< answered
    Duration p50{};
    Duration p99{};
    Duration p999{};
    std::uint64_t unsent = 0;  ///< requests that were due and never found a connection
  };
  std::string name;
  std::vector<Point> points;
};

/// A picture, as SVG: rate along, latency up, three lines per server.
/// Requires: a curve with a point (asserted).
[[nodiscard]] std::string latency_plot(const std::vector<LatencyCurve>& curves);

}  // namespace steelyard::cli
