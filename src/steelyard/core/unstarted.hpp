#pragma once

#include <cstdint>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/job_table.hpp"

namespace steelyard::core {

/// The jobs that a worker was given beyond its slots, and how long they are expected to run.
///
/// They are the last ones of the worker's leases, in that order. Cost: O(1). Thread safety: none.
class Unstarted {
 public:
  /// `slot` was put at the end of the leases. Requires: 0 < `expected` < 4 s.
  void add(JobTable& jobs, std::uint32_t slot, Duration expected) {
    STEELYARD_ASSERT(expected.count() > 0 && expected.count() < UINT32_MAX);
    jobs[slot].ahead_ns = static_cast<std::uint32_t>(expected.count());
    work_ += expected;
    ++count_;
    if (first_ == kNoJob) first_ = slot;
  }

  /// `slot` is about to be taken from the leases.
  void ended(JobTable& jobs, std::uint32_t slot) {
    if (jobs[slot].ahead_ns > 0) remove(jobs, slot);
  }

  /// There is a slot for the first of them. Requires: there is one.
  void begin_first(JobTable& jobs) { remove(jobs, first_); }

  [[nodiscard]] Duration work() const { return work_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  void remove(JobTable& jobs, std::uint32_t slot) {
    Job& job = jobs[slot];
    work_ -= Duration(job.ahead_ns);
    job.ahead_ns = 0;
    --count_;
    if (slot == first_) first_ = job.next;
  }

  std::uint32_t first_ = kNoJob;
  Duration work_{};
  std::uint32_t count_ = 0;
};

}  // namespace steelyard::core
