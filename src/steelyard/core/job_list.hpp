#pragma once

#include <cstdint>

#include "steelyard/core/job_table.hpp"

namespace steelyard::core {

/// A doubly linked list through Job::next and Job::previous. Cost: O(1) each.
struct JobList {
  std::uint32_t first = kNoJob;
  std::uint32_t last = kNoJob;

  /// Links `slot` after `place`; kNoJob: at the front.
  void insert_after(JobTable& jobs, std::uint32_t place, std::uint32_t slot) {
    Job& job = jobs[slot];
    job.previous = place;
    job.next = place == kNoJob ? first : jobs[place].next;
    (job.previous == kNoJob ? first : jobs[job.previous].next) = slot;
    (job.next == kNoJob ? last : jobs[job.next].previous) = slot;
  }
  void push_back(JobTable& jobs, std::uint32_t slot) { insert_after(jobs, last, slot); }

  void remove(JobTable& jobs, std::uint32_t slot) {
    Job& job = jobs[slot];
    (job.previous == kNoJob ? first : jobs[job.previous].next) = job.next;
    (job.next == kNoJob ? last : jobs[job.next].previous) = job.previous;
    job.next = job.previous = kNoJob;
  }
};

}  // namespace steelyard::core
