#include "bench/inproc_bench.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/balancer.hpp"

namespace steelyard::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// What a careful programmer writes in an hour.
class PlainPool {
 public:
  explicit PlainPool(std::uint32_t threads) {
    for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~PlainPool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    arrived_.notify_all();
  }
  PlainPool(const PlainPool&) = delete;
  PlainPool& operator=(const PlainPool&) = delete;

  template <class Fn>
  std::future<std::uint32_t> submit(Fn fn) {
    std::packaged_task<std::uint32_t()> task(std::move(fn));
    auto future = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    arrived_.notify_one();
    return future;
  }

 private:
  void work() {
    for (;;) {
      std::packaged_task<std::uint32_t()> task;
      {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::packaged_task<std::uint32_t()>> tasks_;  // guarded by mutex_
  bool stopping_ = false;                                  // guarded by mutex_
  std::vector<std::jthread> threads_;                      // last: they use all of the above
};

std::uint32_t take(std::future<std::uint32_t>& future) {
  return future.get();
}
std::uint32_t take(Future<std::uint32_t>& future) {
  return future.wait().value();
}

/// Jobs per second when one thread submits all and then waits for all.
template <class Pool>
double measure_rate(Pool& pool, std::uint32_t jobs) {
  using AnyFuture = decltype(pool.submit([] { return std::uint32_t{0}; }));
  std::vector<AnyFuture> futures;
  futures.reserve(jobs);
  const auto began = Clock::now();
  for (std::uint32_t i = 0; i < jobs; ++i) futures.push_back(pool.submit([i] { return i; }));
  std::uint64_t sum = 0;
  for (AnyFuture& future : futures) sum += take(future);
  const std::chrono::duration<double> took = Clock::now() - began;
  STEELYARD_ASSERT(sum == std::uint64_t{jobs} * (jobs - 1) / 2);
  return jobs / took.count();
}

/// Median time of submitting one job and waiting for it, in microseconds.
template <class Pool>
double measure_round_trip(Pool& pool, std::uint32_t trips) {
  std::vector<double> times;
  times.reserve(trips);
  for (std::uint32_t i = 0; i < trips; ++i) {
    const auto began = Clock::now();
    auto future = pool.submit([i] { return i; });
    STEELYARD_ASSERT(take(future) == i);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

struct Round {
  double jobs_per_s = 0;
  double round_trip_us = 0;
};

template <class Pool>
Round measure(Pool& pool, const InprocBenchOptions& options) {
  (void)measure_rate(pool, options.jobs / 10 + 1);  // threads started, memory mapped
  return {measure_rate(pool, options.jobs), measure_round_trip(pool, options.round_trips)};
}

Spread spread(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[values.size() / 2], values.front(), values.back()};
}

std::string row(std::string_view name, const Spread& s, int digits) {
  return fmt::format("{:<24} {:>12.{}f} {:>12.{}f} {:>12.{}f}\n", name, s.median, digits, s.min,
                     digits, s.max, digits);
}

}  // namespace

InprocBenchResult run_inproc_bench(const InprocBenchOptions& options) {
  STEELYARD_ASSERT(options.rounds > 0 && options.workers > 0 && options.jobs > 0 &&
                   options.round_trips > 0);
  std::vector<double> pool_rate, rate, rate_ratio, pool_trip, trip, trip_ratio;
  for (std::uint32_t i = 0; i < options.rounds; ++i) {
    Round plain, balanced;
    {
      PlainPool pool(options.workers);
      plain = measure(pool, options);
    }
    {
      Balancer balancer({.workers = options.workers});
      balanced = measure(balancer, options);
    }
    pool_rate.push_back(plain.jobs_per_s);
    rate.push_back(balanced.jobs_per_s);
    rate_ratio.push_back(balanced.jobs_per_s / plain.jobs_per_s);
    pool_trip.push_back(plain.round_trip_us);
    trip.push_back(balanced.round_trip_us);
    trip_ratio.push_back(balanced.round_trip_us / plain.round_trip_us);
  }
  return {spread(pool_rate), spread(rate), spread(rate_ratio),
          spread(pool_trip), spread(trip), spread(trip_ratio)};
}

std::string to_text(const InprocBenchResult& result) {
  return fmt::format("{:<24} {:>12} {:>12} {:>12}\n", "", "median", "min", "max") +
         row("plain pool, jobs/s", result.pool_jobs_per_s, 0) +
         row("balancer, jobs/s", result.balancer_jobs_per_s, 0) +
         row("rate ratio", result.rate_ratio, 2) +
         row("plain pool, trip us", result.pool_round_trip_us, 2) +
         row("balancer, trip us", result.balancer_round_trip_us, 2) +
         row("round trip ratio", result.round_trip_ratio, 2);
}

}  // namespace steelyard::bench
