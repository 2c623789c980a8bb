#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "steelyard/runtime/zmq/job_id.hpp"

namespace steelyard::gateway {

class JobWaiter;

/// Who waits for which job: slots in a table, named by tickets that are good for one job only.
///
/// A ticket is the slot's number and a stamp that changes with every job, so that one that came too
/// late is recognised without a search.
/// Thread safety: none. Cost: O(1) each, no allocation once the table has grown.
class WaiterTable {
 public:
  using Ticket = std::uint64_t;  ///< never 0

  struct Slot {
    std::shared_ptr<JobWaiter> waiter;
    JobId job{};  ///< number 0: not handed in yet
    std::uint32_t stamp = 1;
    std::uint32_t next_free = 0;
    bool used = false;
    bool given_up = false;  ///< nobody waits, and the job is to be dropped
  };

  Ticket add(std::shared_ptr<JobWaiter> waiter) {
    if (free_ == 0) {
      slots_.emplace_back();
      free_ = static_cast<std::uint32_t>(slots_.size());
    }
    const std::uint32_t number = free_;
    Slot& slot = slots_[number - 1];
    free_ = slot.next_free;
    slot.waiter = std::move(waiter);
    slot.job = {};
    slot.used = true;
    slot.given_up = false;
    ++size_;
    return std::uint64_t{slot.stamp} << 32 | number;
  }

  /// nullptr: that job was answered. Good until the next `add`.
  [[nodiscard]] Slot* find(Ticket ticket) {
    const auto number = static_cast<std::uint32_t>(ticket);
    if (number == 0 || number > slots_.size()) return nullptr;
    Slot& slot = slots_[number - 1];
    return slot.used && slot.stamp == ticket >> 32 ? &slot : nullptr;
  }

  /// Frees the slot of a ticket that was found.
  void remove(Ticket ticket) {
    Slot* slot = find(ticket);
    if (slot == nullptr) return;
    slot->waiter.reset();
    slot->used = false;
    ++slot->stamp;
    slot->next_free = free_;
    free_ = static_cast<std::uint32_t>(ticket);
    --size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::vector<Slot> slots_;
  std::uint32_t free_ = 0;  // the first free slot's number; 0: none
  std::size_t size_ = 0;
};

}  // namespace steelyard::gateway
