#pragma once

#include <cstdint>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/job_table.hpp"

namespace steelyard::core {

/// The jobs that a worker was given beyond its slots, and how long they are expected to run.
///
/// They are the last ones of the worker's leases, in that order: with each job that ends the first
/// of them is taken to have begun. Cost: O(1). Thread safety: none.
class Unstarted {
 public:
  /// `slot` was put at the end of the leases. Requires: 0 < `expected` < 4 s.
  void add(JobTable& jobs, std::uint32_t slot, Duration expected) {
    STEELYARD_ASSERT(expected.count() > 0 && expected.count() < UINT32_MAX);
    jobs[slot].ahead_ns = static_cast<std::uint32_t>(expected.count());
    work_ += expected;
    if (first_ == kNoJob) first_ = slot;
  }

  /// `slot` is about to be taken from the leases.
  void ended(JobTable& jobs, std::uint32_t slot) {
    if (jobs[slot].ahead_ns > 0) {
      remove(jobs, slot);
    } else if (first_ != kNoJob) {
      remove(jobs, first_);
    }
  }

  [[nodiscard]] Duration work() const { return work_; }

 private:
  void remove(JobTable& jobs, std::uint32_t slot) {
    Job& job = jobs[slot];
    work_ -= Duration(job.ahead_ns);
    job.ahead_ns = 0;
    if (slot == first_) first_ = job.next;
  }

  std::uint32_t first_ = kNoJob;
  Duration work_{};
};

}  // namespace steelyard::core
