#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/hub/sizing.hpp"

namespace steelyard::hub {

/// What a broker's snapshots say about queues and workers, see docs/protocol.md.
///
/// How long jobs run is a moving mean of what ended between two snapshots, so that it follows work
/// that changes. Thread safety: none.
class BrokerView {
 public:
  /// Takes another snapshot. Errors: Malformed; the former one stays.
  [[nodiscard]] Result<void> take(std::string_view snapshot);

  /// Of these queues, all together.
  [[nodiscard]] Demand demand(const std::vector<std::string>& queues) const;
  /// Whether the broker knows a worker of this name, and none of this name does anything.
  [[nodiscard]] bool is_idle(const std::string& worker) const;

 private:
  struct Queue {
    std::uint64_t queued = 0;
    std::uint64_t running = 0;
    double longest_wait_s = 0;
    std::uint64_t runs = 0;  // so many have ended, since the broker began
    double run_sum_s = 0;
    std::optional<double> mean_run_s{};
  };
  struct Worker {
    std::string name;
    std::uint64_t slots = 0;
    std::uint64_t free = 0;  // of its slots; none of one that drains
    bool is_idle = false;
    std::size_t queue_set = 0;
  };
  struct Reading;

  std::string incarnation_;
  std::map<std::string, Queue, std::less<>> queues_;
  std::vector<Worker> workers_;
  std::vector<std::vector<std::string>> queue_sets_;
};

}  // namespace steelyard::hub
