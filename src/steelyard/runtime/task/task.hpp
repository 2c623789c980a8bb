#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "steelyard/runtime/task/worker_state.hpp"

namespace steelyard {

/// One job as its work function sees it. The views live as long as the call.
struct Work {
  std::string_view queue;
  std::string_view payload;
  std::string_view state;     ///< empty: the job needs none
  std::string_view user;      ///< empty: none was named
  std::string_view id;        ///< "SESSION-SEQUENCE", for logs
  std::uint32_t attempt = 1;  ///< 1 the first time
};

/// A named task's function: returns the result, or throws; the exception's text reaches the
/// requester as the job's error. An error that is worth another attempt is thrown as
/// RetryableError.
using TaskFunction = std::function<std::string(const Work&, WorkerState&)>;

/// What is done with a state outside of any job. An exception is a failure, with its text.
using StateFunction = std::function<void(std::string_view state, WorkerState&)>;

/// How a task may be run.
struct TaskOptions {
  /// false: the function runs alone on its worker's state. true: up to `slots` calls at once, and
  /// the function must not use the state without its own synchronisation.
  bool concurrent = false;
  /// Loads a state ahead of any job, as the function itself would; empty: that is not possible, and
  /// a state that is to be loaded ahead of jobs counts as one that could not be loaded.
  StateFunction load{};
  /// Lets go of a state that is kept elsewhere than in the WorkerState, whose own states go by
  /// themselves (not those of a concurrent task, which alone knows when that is safe).
  StateFunction evict{};
};

/// A named task: what is run, and how.
struct Task {
  TaskFunction function;
  TaskOptions options{};
};

/// Thrown by a work function for a failure that another attempt may mend. It counts as an attempt.
class RetryableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace steelyard
