#include "graph/latencies.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace graph {

double Latencies::quantile_ms(double part) const {
  if (all_.empty()) return 0;
  std::vector<std::chrono::nanoseconds> sorted = all_;
  const double rank = std::ceil(part * static_cast<double>(sorted.size()));
  const auto place = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  const auto wanted = sorted.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(sorted.begin(), wanted, sorted.end());
  return std::chrono::duration<double, std::milli>(*wanted).count();
}

}  // namespace graph
