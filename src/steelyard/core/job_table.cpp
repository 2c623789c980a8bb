#include "steelyard/core/job_table.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::core {

Standing standing_of(const Job& job) {
  switch (job.state) {
    case JobState::Delayed:
      return Standing::Delayed;
    case JobState::Queued:
      return Standing::Queued;
    case JobState::Running:
      return Standing::Running;
    case JobState::Returning:
      return Standing::Returning;
    case JobState::Stored:
      if (job.unpersisted) return Standing::Returning;
      break;
    default:
      break;
  }
  return standing_of(job.outcome);
}

Standing standing_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Finished:
      return Standing::Finished;
    case Outcome::Failed:
      return Standing::Failed;
    case Outcome::Cancelled:
      return Standing::Cancelled;
    case Outcome::Expired:
      return Standing::Expired;
    case Outcome::Quarantined:
      return Standing::Quarantined;
  }
  return Standing::Unknown;
}

std::uint32_t JobTable::allocate() {
  find_room();
  Block& block = blocks_[open_];
  const std::uint32_t first = open_ * kBlockJobs;
  std::uint32_t slot = block.free;
  if (slot != kNoJob) {
    block.free = (*this)[slot].next;
  } else {
    slot = first + block.used++;
  }
  if (block.live++ == 0) --empty_;
  ++live_;
  Job& job = (*this)[slot];
  const std::uint32_t stamp = job.stamp + 1;
  job = Job{};
  job.stamp = stamp;
  return slot;
}

/// Makes `open_` the lowest block with room, a new one if need be.
void JobTable::find_room() {
  while (open_ < blocks_.size() && blocks_[open_].jobs && blocks_[open_].live == kBlockJobs) {
    ++open_;
  }
  if (open_ == blocks_.size()) {
    STEELYARD_ASSERT(blocks_.size() < kNoJob / kBlockJobs);
    blocks_.emplace_back();
  }
  Block& block = blocks_[open_];
  if (block.jobs) return;
  block.jobs = std::make_unique<Job[]>(kBlockJobs);
  for (std::uint32_t i = 0; i < kBlockJobs; ++i) block.jobs[i].stamp = first_stamp_;
  ++empty_;
}

void JobTable::release(std::uint32_t slot) {
  Job& job = (*this)[slot];
  STEELYARD_ASSERT(job.state != JobState::Free);
  const std::uint32_t number = slot / kBlockJobs;
  Block& block = blocks_[number];
  job.state = JobState::Free;
  ++job.stamp;
  job.next = block.free;
  block.free = slot;
  --live_;
  open_ = std::min(open_, number);
  if (--block.live > 0) return;
  // One empty block stays, so that a job more or less at a block's edge costs nothing.
  if (empty_ > 0) {
    give_back(block);
  } else {
    ++empty_;
  }
}

void JobTable::give_back(Block& block) {
  for (std::uint32_t i = 0; i < block.used; ++i) {
    first_stamp_ = std::max(first_stamp_, block.jobs[i].stamp);
  }
  block = {};
}

std::uint32_t JobTable::find(Lease lease) const {
  const std::uint32_t number = lease.slot / kBlockJobs;
  if (number >= blocks_.size() || !blocks_[number].jobs) return kNoJob;
  const Job& job = (*this)[lease.slot];
  return job.state != JobState::Free && job.stamp == lease.stamp ? lease.slot : kNoJob;
}

bool JobTable::may_have_been(Lease lease) const {
  const std::uint32_t number = lease.slot / kBlockJobs;
  if (number >= blocks_.size()) return false;
  const std::uint32_t stamp = blocks_[number].jobs ? (*this)[lease.slot].stamp : first_stamp_;
  return lease.stamp <= stamp;
}

}  // namespace steelyard::core
