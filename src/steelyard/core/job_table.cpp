#include "steelyard/core/job_table.hpp"

#include "steelyard/base/assert.hpp"

namespace steelyard::core {

Standing standing_of(const Job& job) {
  switch (job.state) {
    case JobState::Queued:
      return Standing::Queued;
    case JobState::Running:
      return Standing::Running;
    case JobState::Returning:
      return Standing::Returning;
    default:
      break;
  }
  switch (job.outcome) {
    case Outcome::Finished:
      return Standing::Finished;
    case Outcome::Failed:
      return Standing::Failed;
    case Outcome::Cancelled:
      return Standing::Cancelled;
  }
  return Standing::Unknown;
}

std::uint32_t JobTable::allocate() {
  std::uint32_t slot = free_;
  if (slot != kNoJob) {
    free_ = (*this)[slot].next;
  } else {
    slot = extent_++;
    STEELYARD_ASSERT(slot != kNoJob);
    if (slot / kBlockJobs == blocks_.size()) {
      blocks_.push_back(std::make_unique<Job[]>(kBlockJobs));
    }
  }
  Job& job = (*this)[slot];
  const std::uint32_t stamp = job.stamp + 1;
  job = Job{};
  job.stamp = stamp;
  ++live_;
  return slot;
}

void JobTable::release(std::uint32_t slot) {
  Job& job = (*this)[slot];
  STEELYARD_ASSERT(job.state != JobState::Free);
  job.state = JobState::Free;
  ++job.stamp;
  job.next = free_;
  free_ = slot;
  --live_;
}

std::uint32_t JobTable::find(Lease lease) const {
  if (lease.slot >= extent_) return kNoJob;
  const Job& job = (*this)[lease.slot];
  return job.state != JobState::Free && job.stamp == lease.stamp ? lease.slot : kNoJob;
}

}  // namespace steelyard::core
