#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::sim {

/// How far apart tenants got who both had work waiting.
///
/// A tenant is served while a worker loads or runs for it. While two tenants both have queued jobs,
/// each should be served in proportion to its weight; the gap is how much one got more than the
/// other, in worker-seconds divided by weight, in any interval of such a time. The worst one over
/// all pairs and intervals is kept, exactly: the difference is followed from event to event.
/// Thread safety: none. Cost: O(tenants) per call.
class TenantGap {
 public:
  explicit TenantGap(const std::vector<double>& weights);

  /// The tenant has one more queued job, or one less. none(): nothing happens.
  void queue_changed(TimePoint now, TenantId tenant, int by);
  /// One more worker works for the tenant, or one less. none(): nothing happens.
  void service_changed(TimePoint now, TenantId tenant, int by);

  [[nodiscard]] double worst_s() const { return worst_s_; }

 private:
  struct Tenant {
    double weight = 1;
    double served_s = 0;  // worker-seconds over weight, until `since`
    TimePoint since;
    std::int64_t workers = 0;
    std::int64_t queued = 0;
  };
  /// The smallest and the largest difference since both have queued jobs.
  struct Pair {
    double least = 0;
    double most = 0;
  };
  [[nodiscard]] static double served(const Tenant& tenant, TimePoint now);
  void look(TimePoint now, std::size_t place);
  void restart(TimePoint now, std::size_t place);

  std::vector<Tenant> tenants_;
  std::vector<Pair> pairs_;  // by place · tenants + other place
  double worst_s_ = 0;
};

}  // namespace steelyard::sim
