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
  bool leaving = false;

  /// It has nothing left; its threads leave.
  std::atomic<bool> dismissed{false};

  // Touched only by the seat that runs a job that uses the state.
  WorkerState state;
  std::string held_name;  ///< name of `held`, so that it is looked up only after a change
  StateId held;
};

}  // namespace steelyard::inproc
