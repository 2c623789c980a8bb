#pragma once

#include <array>
#include <cstddef>

#include "steelyard/runtime/inproc/job_node.hpp"
#include "steelyard/runtime/inproc/seat.hpp"

namespace steelyard::inproc {

/// What a turn leaves to be done after it: waking threads, because a system call would keep others
/// from their turn; and answering jobs that will not be done, because that destroys the user's
/// functions and arguments.
class Aftermath {
 public:
  void wake_later(Seat& seat) {
    if (sleepers_ == to_wake_.size()) wake_all();
    to_wake_[sleepers_++] = &seat;
  }
  void wake_all() {
    for (std::size_t i = 0; i < sleepers_; ++i) to_wake_[i]->wake();
    sleepers_ = 0;
  }

  void refuse_later(JobNode& job) {
    job.next = nullptr;
    (newest_ == nullptr ? oldest_ : newest_->next) = &job;
    newest_ = &job;
  }
  /// The next job to be refused; nullptr: none.
  [[nodiscard]] JobNode* take_refused() {
    Arrival* const job = oldest_;
    if (job == nullptr) return nullptr;
    oldest_ = job->next;
    if (oldest_ == nullptr) newest_ = nullptr;
    return static_cast<JobNode*>(job);
  }

  /// Something happened that a watcher may wait for.
  bool changed = false;

 private:
  std::array<Seat*, 16> to_wake_;
  std::size_t sleepers_ = 0;
  Arrival* oldest_ = nullptr;
  Arrival* newest_ = nullptr;
};

}  // namespace steelyard::inproc
