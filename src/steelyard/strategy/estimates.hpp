#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::strategy {

/// How long something usually takes, in seconds.
struct Estimate {
  double mean_s = 0;
  double q90_s = 0;         ///< nine of ten take no longer
  std::uint32_t count = 0;  ///< measurements, up to a million; 0: nothing but a guess
};

/// Takes in one measurement: a moving mean that forgets (1/5 of each new value, which counts as at
/// most four times the mean), and the 0.9-quantile by stochastic approximation (Robbins and Monro,
/// 1951). The first value takes the place of the guess.
void learn(Estimate& estimate, double seconds);

/// What is known of load and run times: per state (or per queue, for jobs without a state) and
/// pool, learned from what workers measured.
///
/// A pool without measurements of its own is taken to be like the others; a state without any like
/// the other states; before the first measurement of all the prior is used, which any measurement
/// replaces.
/// Cost: O(pools that served the state), for few pools a handful of nanoseconds. Thread safety:
/// none; owned by one scheduler.
class Estimates {
 public:
  struct Prior {
    double load_s = 1.0;
    double run_s = 0.1;
  };
  Estimates() : Estimates(Prior{}) {}
  explicit Estimates(const Prior& prior);

  void learn_load(StateId state, PoolId pool, Duration load_time);
  /// `state` may be none(): then the queue is what jobs are alike in.
  void learn_run(QueueId queue, StateId state, PoolId pool, Duration run_time);
  /// The pool's number is given to workers of another kind.
  void forget(PoolId pool);

  /// `pool` may be none(): over all pools.
  [[nodiscard]] const Estimate& load(StateId state, PoolId pool) const;
  [[nodiscard]] const Estimate& run(QueueId queue, StateId state, PoolId pool) const;

 private:
  struct OfPool {
    PoolId pool;
    Estimate estimate;
  };
  struct Known {
    Estimate all;
    std::vector<OfPool> by_pool;
  };
  using Table = std::vector<Known>;

  static void learn_in(Table& table, std::size_t place, PoolId pool, double seconds);
  static const Estimate* find(const Table& table, std::size_t place, PoolId pool);

  Table loads_by_state_;
  Table runs_by_state_;
  Table runs_by_queue_;
  Known all_loads_;  // over all states
  Known all_runs_;
};

}  // namespace steelyard::strategy
