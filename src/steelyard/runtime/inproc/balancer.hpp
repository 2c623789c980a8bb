#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/future/future.hpp"
#include "steelyard/runtime/inproc/next.hpp"
#include "steelyard/runtime/inproc/options.hpp"
#include "steelyard/runtime/inproc/stats.hpp"
#include "steelyard/runtime/inproc/task_node.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

namespace inproc {
class Engine;
}

/// The first thing given to `submit` is a function, not options.
template <class Fn>
concept WorkFunction = !std::same_as<std::remove_cvref_t<Fn>, JobOptions>;

/// What a job of this function and these arguments results in.
template <class Fn, class... Args>
using JobResult = typename inproc::CallResult<std::decay_t<Fn>, std::decay_t<Args>...>::Value;

/// Gives each request to the worker that should do it; all in one process, with threads.
///
///     Balancer balancer({.workers = 2});
///     Future<int> sum = balancer.submit([](int a, int b) { return a + b; }, 2, 3);
///     sum.wait().value();  // 5
///
/// A request is any callable with its arguments, which are copied or moved into it; requests with
/// different results share one balancer. The thread that did the work hands the result directly to
/// the future, then reports to the scheduler.
///
/// Invariants:
///  1. Every future is resolved: with the work's result, its error (WorkFailed and the exception's
///     text), or the reason why it was not done.
///  2. Requests of one thread with one worker of one slot, alike in user, state and priority, start
///     in the order in which they were submitted.
///  3. No function, destructor or observer of the user runs while anything is locked.
/// Thread safety: all members may be called from any thread. `remove_worker`, `drain`, `stop` and
/// the destructor wait for workers: they must not be called by a work function (asserted). A work
/// function may submit; if it waits for what it submitted it keeps its slot meanwhile.
/// Cost: one allocation per request; a `submit` makes a system call only to wake a sleeping worker.
class Balancer {
 public:
  /// Starts the workers. Errors: InvalidArgument for an unknown strategy, naming the nearest, and
  /// for options out of range; SystemError when there are no more threads.
  [[nodiscard]] static Result<Balancer> make(const BalancerOptions& options = {});
  /// As above, with a strategy of one's own; `options.strategy` is not looked at.
  [[nodiscard]] static Result<Balancer> make(const BalancerOptions& options,
                                             std::unique_ptr<strategy::Strategy> strategy);

  /// As `make`, for options written in the program: an error is thrown as std::invalid_argument.
  explicit Balancer(const BalancerOptions& options = {});
  Balancer(const BalancerOptions& options, std::unique_ptr<strategy::Strategy> strategy);
  /// Stops. One that was moved from can only be destroyed or assigned to.
  ~Balancer();
  Balancer(Balancer&& other) noexcept;
  Balancer& operator=(Balancer&& other) noexcept;

  /// Hands in `fn(args...)`; returns the Future<JobResult<Fn, Args...>>.
  ///
  /// If `fn` must have a `WorkerState&` as first argument, it gets its worker's own state and runs
  /// alone on it; a job that waits for its turn occupies a slot of its worker.
  /// A RetryableError leads to another attempt, `limits.max_attempts` in all, none after a stop;
  /// then the answer is AttemptsExhausted with the last one's text.
  /// For this `fn` is called again with the same arguments, so that they are lent to it: a
  /// parameter by value is a copy, one by const reference costs nothing. Arguments that can only be
  /// moved are given away by the first attempt, which then is the only one.
  /// A function that returns a Next<T> may pass the request on; its future is a Future<T>.
  /// Errors, through the future: TooManyHops, QueueFull, UserOverLimit, SessionFull, TooManyNames,
  /// TooManyLanes, InvalidName, Stopped.
  template <WorkFunction Fn, class... Args>
  auto submit(Fn&& fn, Args&&... args) {
    return submit(JobOptions{}, std::forward<Fn>(fn), std::forward<Args>(args)...);
  }
  template <class Fn, class... Args>
  auto submit(const JobOptions& options, Fn&& fn, Args&&... args) {
    auto* const node = make_node(std::forward<Fn>(fn), std::forward<Args>(args)...);
    node->number = take_numbers(1);
    Future<JobResult<Fn, Args...>> future(*node, node->number);
    inproc::JobNode* const job = node;
    hand_in(options, {&job, 1});
    return future;
  }

  /// Hands in `fn(element)` for each element, in order, at once; the jobs are scheduled one by one.
  /// `fn` is copied for each. Returns the futures in the same order. Cost: less per job than
  /// `submit`.
  template <class Fn, std::ranges::input_range Range>
  auto submit_batch(const JobOptions& options, const Fn& fn, Range&& elements) {
    using Element = std::ranges::range_reference_t<Range>;
    std::vector<Future<JobResult<const Fn&, Element>>> futures;
    Batch batch;
    for (auto&& element : elements) {
      auto* const node = make_node(fn, std::forward<decltype(element)>(element));
      batch.jobs.push_back(node);
      node->number = take_numbers(1);
      futures.emplace_back(*node, node->number);
    }
    hand_in(options, std::exchange(batch.jobs, {}));
    return futures;
  }
  template <WorkFunction Fn, std::ranges::input_range Range>
  auto submit_batch(const Fn& fn, Range&& elements) {
    return submit_batch(JobOptions{}, fn, std::forward<Range>(elements));
  }

  /// As `submit`, for work whose result nobody wants. Errors and refusals are counted in `stats`.
  template <WorkFunction Fn, class... Args>
  void post(Fn&& fn, Args&&... args) {
    post(JobOptions{}, std::forward<Fn>(fn), std::forward<Args>(args)...);
  }
  template <class Fn, class... Args>
  void post(const JobOptions& options, Fn&& fn, Args&&... args) {
    auto* const node = make_node(std::forward<Fn>(fn), std::forward<Args>(args)...);
    node->number = take_numbers(1);
    node->abandon_early();
    inproc::JobNode* const job = node;
    hand_in(options, {&job, 1});
  }

  /// Adds a worker, which may get work before this returns. Numbers of removed workers are given
  /// again. Errors: InvalidArgument, InvalidName, TooManyNames, TooManyWorkers, TooManyPools,
  /// SystemError, Stopped; nothing changed.
  [[nodiscard]] Result<WorkerId> add_worker(const WorkerOptions& options = {});

  /// Removes a worker: it gets no more work, finishes what it has, and its threads end before this
  /// returns. Errors: InvalidArgument when there is none with this number, or it is being removed.
  [[nodiscard]] Result<void> remove_worker(WorkerId id);

  /// Waits until everything that was submitted is returned. Jobs that no worker serves are waited
  /// for too; while others go on submitting it may wait for ever.
  void drain();

  /// Ends all work: running functions finish, what is queued is returned as Stopped, all threads
  /// end. What is submitted later is returned as Stopped at once. May be called again, also while
  /// another thread does: it returns when all is over.
  void stop();

  /// Cost: O(workers), during which nothing is scheduled.
  [[nodiscard]] BalancerStats stats() const;
  /// The numbers of all jobs dispatched and completed; empty unless `record_numbers` was set.
  [[nodiscard]] BalancerBooks books() const;

 private:
  struct Private {};
  Balancer(Private, std::unique_ptr<inproc::Engine> engine);

  /// Jobs that are being made; if making one throws, those before it are not lost.
  struct Batch {
    std::vector<inproc::JobNode*> jobs;
    ~Batch() {
      for (auto* const job : jobs) job->refuse({ErrorCode::Stopped, "its batch was not handed in"});
    }
  };

  template <class Fn, class... Args>
  static auto* make_node(Fn&& fn, Args&&... args) {
    return new inproc::TaskNode<std::decay_t<Fn>, std::decay_t<Args>...>(
        std::forward<Fn>(fn), std::forward<Args>(args)...);
  }
  [[nodiscard]] JobNumber take_numbers(std::uint64_t count) noexcept;
  void hand_in(const JobOptions& options, std::span<inproc::JobNode* const> jobs) noexcept;

  std::unique_ptr<inproc::Engine> engine_;
};

}  // namespace steelyard
