#include "steelyard/strategy/estimates.hpp"

#include <algorithm>
#include <chrono>

namespace steelyard::strategy {
namespace {

constexpr double kShareOfNew = 0.2;
constexpr double kClip = 4.0;
constexpr double kQuantile = 0.9;
constexpr double kQuantileStep = 0.2;
constexpr double kShortest = 1e-9;
constexpr std::uint32_t kMostCounted = 1'000'000;

double in_seconds(Duration time) {
  return std::max(0.0, std::chrono::duration<double>(time).count());
}

}  // namespace

void learn(Estimate& estimate, double seconds) {
  const double value = std::max(seconds, kShortest);
  if (estimate.count == 0) {
    estimate = {value, value, 1};
    return;
  }
  const double clipped = std::min(value, kClip * estimate.mean_s);
  const double step = kQuantileStep * estimate.mean_s;
  estimate.q90_s += value > estimate.q90_s ? step * kQuantile : step * (kQuantile - 1);
  estimate.mean_s += kShareOfNew * (clipped - estimate.mean_s);
  estimate.q90_s = std::max(estimate.q90_s, estimate.mean_s);
  estimate.count = std::min(estimate.count + 1, kMostCounted);
}

Estimates::Estimates(const Prior& prior) {
  all_loads_.all = {prior.load_s, prior.load_s, 0};
  all_runs_.all = {prior.run_s, prior.run_s, 0};
}

void Estimates::learn_in(Table& table, std::size_t place, PoolId pool, double seconds) {
  if (place >= table.size()) table.resize(place + 1);
  Known& known = table[place];
  learn(known.all, seconds);
  const auto found = std::ranges::find(known.by_pool, pool, &OfPool::pool);
  if (found != known.by_pool.end()) {
    learn(found->estimate, seconds);
  } else {
    known.by_pool.push_back({pool, {seconds, seconds, 1}});
  }
}

void Estimates::learn_load(StateId state, PoolId pool, Duration load_time) {
  learn_in(loads_by_state_, state.index(), pool, in_seconds(load_time));
  learn(all_loads_.all, in_seconds(load_time));
}

void Estimates::learn_run(QueueId queue, StateId state, PoolId pool, Duration run_time) {
  Table& table = state.valid() ? runs_by_state_ : runs_by_queue_;
  learn_in(table, state.valid() ? state.index() : queue.index(), pool, in_seconds(run_time));
  learn(all_runs_.all, in_seconds(run_time));
}

void Estimates::forget(PoolId pool) {
  for (Table* table : {&loads_by_state_, &runs_by_state_, &runs_by_queue_}) {
    for (Known& known : *table) {
      std::erase_if(known.by_pool, [pool](const OfPool& of) { return of.pool == pool; });
    }
  }
}

const Estimate* Estimates::find(const Table& table, std::size_t place, PoolId pool) {
  if (place >= table.size() || table[place].all.count == 0) return nullptr;
  for (const OfPool& of : table[place].by_pool) {
    if (of.pool == pool) return &of.estimate;
  }
  return &table[place].all;
}

const Estimate& Estimates::load(StateId state, PoolId pool) const {
  const Estimate* known = find(loads_by_state_, state.index(), pool);
  return known != nullptr ? *known : all_loads_.all;
}

const Estimate& Estimates::run(QueueId queue, StateId state, PoolId pool) const {
  const Table& table = state.valid() ? runs_by_state_ : runs_by_queue_;
  const Estimate* known = find(table, state.valid() ? state.index() : queue.index(), pool);
  return known != nullptr ? *known : all_runs_.all;
}

}  // namespace steelyard::strategy
