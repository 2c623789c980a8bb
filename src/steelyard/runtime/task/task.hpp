#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/answer.hpp"
#include "steelyard/runtime/task/job_control.hpp"
#include "steelyard/runtime/task/parts.hpp"
#include "steelyard/runtime/task/worker_state.hpp"

namespace steelyard {

/// One job as its work function sees it. The views live as long as the call.
///
/// Nobody has to ask or tell anything: a function that does neither runs to its end.
/// Thread safety: the members may be called by any threads that the function starts and joins.
struct Work {
  std::string_view queue;
  std::string_view payload;
  std::string_view state;     ///< empty: the job needs none
  std::string_view user;      ///< empty: none was named
  std::string_view id;        ///< "SESSION-SEQUENCE", for logs
  std::uint32_t attempt = 1;  ///< of this stage; 1 the first time
  std::uint32_t hop = 0;      ///< how often it was forwarded before
  /// Null: nobody asks the job to stop, nobody listens, and clean-ups are not run.
  JobControl* control = nullptr;

  /// Whether the payload says that it has several parts; and the parts, the payload itself when it
  /// does not say so. Errors: Malformed. Cost: no byte is copied.
  [[nodiscard]] bool has_parts() const { return steelyard::has_parts(payload); }
  [[nodiscard]] Result<std::vector<std::string_view>> parts() const {
    return unpack_parts(payload);
  }

  /// Whether the job is to stop, and nobody needs its result. Never true for a job that nobody
  /// asked to stop; never false again. A function that ends because of it throws StoppedError.
  /// Cost: one relaxed load.
  [[nodiscard]] bool stop_requested() const { return stop_reason() != StopReason::None; }
  [[nodiscard]] StopReason stop_reason() const {
    return control == nullptr ? StopReason::None : control->stop_reason();
  }

  /// Has `clean_up` run when the function has ended in whatever way, also after a stop: once, the
  /// one registered last first, on the function's thread. What it throws is counted and dropped.
  /// Throws std::length_error when kMaxCleanUps wait already.
  void on_clean_up(std::function<void()> clean_up) const {
    if (control != nullptr) control->on_clean_up(std::move(clean_up));
  }

  /// How much is done: 0 to 100; more counts as 100. May be called as often as you like: every
  /// kProgressInterval one is reported, and 100 and the last one always.
  /// Cost: an atomic store and, when it has changed, a look at the clock.
  void progress(std::uint8_t percent) const {
    if (control != nullptr) control->progress(percent);
  }

  /// Gives the requester a part of the result ahead of the rest. Waits while it has not yet taken
  /// what came before; returns at once, and drops the bytes, when it wants none. False: the job is
  /// to stop, and the bytes were dropped.
  bool partial(std::string_view bytes) const {
    return control == nullptr || control->partial(bytes);
  }
};

/// A named task's function: returns the result, or a Forward to where the job goes on, or throws;
/// the exception's text reaches the requester as the job's error. An error that is worth another
/// attempt is thrown as RetryableError; a function that ended because it was asked to throws
/// StoppedError. One that never forwards may return a std::string.
using TaskFunction = std::function<Answer(const Work&, WorkerState&)>;

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

/// Thrown by a work function for a job that ended because it was asked to stop: neither an error of
/// the job nor worth another attempt.
class StoppedError : public std::runtime_error {
 public:
  /// `was_killed`: it did not stop by itself within the time that it had for that, and what it kept
  /// is gone.
  explicit StoppedError(const std::string& text, bool was_killed = false)
      : std::runtime_error(text), was_killed_(was_killed) {}
  [[nodiscard]] bool was_killed() const { return was_killed_; }

 private:
  bool was_killed_;
};

/// Thrown for a job whose process died under it. Another worker may survive it, but one that kills
/// its workers must not go on for ever: it counts as the loss of a worker.
class WorkerDiedError : public RetryableError {
 public:
  using RetryableError::RetryableError;
};

}  // namespace steelyard
