#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inproc/work_log.hpp"
#include "steelyard/runtime/inproc/balancer.hpp"

namespace inproc_example {

/// What one requester counted on its own side, by the numbers of its requests.
struct RequesterCount {
  std::string name;
  steelyard::NumberSet sent;
  steelyard::NumberSet received;
  std::uint64_t errors = 0;  ///< received answers that were errors
};

/// What three sides say of the same work, each from its own counts.
struct Audit {
  std::string table;
  bool agrees = false;
};

/// Compares, request by request, what the requesters sent and received, what the workers did and
/// what the balancer dispatched and completed; where two differ, the table names the requests.
[[nodiscard]] Audit audit(const std::vector<RequesterCount>& requesters,
                          const std::vector<WorkerCount>& workers,
                          const steelyard::BalancerStats& stats,
                          const steelyard::BalancerBooks& books);

}  // namespace inproc_example
