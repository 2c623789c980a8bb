#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/runtime/inproc/seat.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard::inproc {

/// One worker: its seats, and the state they share.
///
/// Functions that use the state run one at a time. They are not made to wait on a thread: a job
/// whose turn on the state has not come waits in `waiting_for_state`, and the seats run others.
struct WorkerPlace {
  // Constant while it is joined.
  WorkerId id;
  std::vector<Seat*> seats;

  // Touched only by the one whose turn it is.
  std::vector<Seat*> idle;
  std::deque<Assignment> waiting_for_state;
  bool state_in_use = false;
  std::vector<StateId> evictions;  ///< states to let go of before the next job that uses one
  bool leaving = false;

  /// It has nothing left; its threads leave.
  std::atomic<bool> dismissed{false};

  // Touched only by the seat that runs a job that uses the state, and before and after that by the
  // one whose turn it is.
  WorkerState state;
  std::vector<StateId> evict_now;
  std::vector<StateId> held;  ///< by `state`, when it had this revision
  std::uint64_t held_revision = 0;

  explicit WorkerPlace(std::uint32_t max_states) : state(max_states) {}
};

}  // namespace steelyard::inproc
