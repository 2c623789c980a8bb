#pragma once

#include <chrono>
#include <vector>

namespace graph {

/// How long requests took. Thread safety: none.
class Latencies {
 public:
  void add(std::chrono::nanoseconds latency) { all_.push_back(latency); }

  /// What `part` of the requests (0 to 1) did not exceed, in milliseconds; 0 when there are none.
  /// Cost: O(n).
  [[nodiscard]] double quantile_ms(double part) const;

 private:
  std::vector<std::chrono::nanoseconds> all_;
};

}  // namespace graph
