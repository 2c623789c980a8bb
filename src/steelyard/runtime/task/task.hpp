#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace steelyard {

/// What a worker keeps between jobs: a model, a dictionary, a connection, a licence.
///
/// Invariant: `name()` is the state that is completely loaded, or empty. A load that throws leaves
/// the worker holding nothing, so that nobody relies on half a model.
/// Thread safety: none; a worker runs one state-using function at a time.
class WorkerState {
 public:
  /// The state as type `T`, loading it first when another one (or nothing) is held.
  /// `load()` returns a T; the former state is destroyed before it is called, so that two models
  /// never need to fit at once. Throws what `load` throws.
  template <class T, class Load>
  T& get_or_load(std::string_view name, Load&& load) {
    if (name_ != name || std::any_cast<T>(&value_) == nullptr) {
      clear();
      value_.emplace<T>(std::forward<Load>(load)());
      name_ = name;
      ++loads_;
    }
    return *std::any_cast<T>(&value_);
  }

  /// The name of the state that is held; empty when nothing is.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// How often a state has been loaded: the worker's switches.
  [[nodiscard]] std::uint64_t loads() const { return loads_; }

  /// Says that a state held elsewhere (a child process, a device) is now loaded.
  void mark_loaded(std::string_view name) {
    name_ = name;
    ++loads_;
  }
  /// Lets go of whatever is held.
  void clear() {
    name_.clear();
    value_.reset();
  }

 private:
  std::string name_;
  std::any value_;
  std::uint64_t loads_ = 0;
};

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

/// How a task may be run.
struct TaskOptions {
  /// false: the function runs alone on its worker's state. true: up to `slots` calls at once, and
  /// the function must not use the state without its own synchronisation.
  bool concurrent = false;
};

/// Thrown by a work function for a failure that another attempt may mend. It counts as an attempt.
class RetryableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace steelyard
