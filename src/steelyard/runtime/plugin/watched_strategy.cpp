#include "steelyard/runtime/plugin/watched_strategy.hpp"

#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"

namespace steelyard {
namespace {

std::chrono::nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

WatchedStrategy::Options with_clock(WatchedStrategy::Options options) {
  if (!options.clock) options.clock = steady_now;
  return options;
}

}  // namespace

WatchedStrategy::WatchedStrategy(std::unique_ptr<strategy::Strategy> inner, Options options)
    : inner_(std::move(inner)), options_(with_clock(std::move(options))) {
  STEELYARD_ASSERT(inner_ != nullptr);
}

template <class Call>
auto WatchedStrategy::timed(const char* what, Call&& call) {
  const auto began = options_.clock();
  auto answer = call();
  const std::chrono::duration<double, std::milli> took = options_.clock() - began;
  if (took > options_.max_call) {
    throw strategy::TooSlow(fmt::format("{} took {:.1f} ms, the limit is max_strategy_call_ms = {}",
                                        what, took.count(), options_.max_call.count()));
  }
  return answer;
}

strategy::Choice WatchedStrategy::choose(const strategy::View& view, WorkerId worker) {
  return timed("choose", [&] { return inner_->choose(view, worker); });
}

std::optional<WorkerId> WatchedStrategy::place(const strategy::View& view, LaneId lane) {
  return timed("place", [&] { return inner_->place(view, lane); });
}

void WatchedStrategy::lane_changed(const strategy::View& view, LaneId lane,
                                   strategy::LaneChange change) {
  inner_->lane_changed(view, lane, change);
}

void WatchedStrategy::worker_changed(const strategy::View& view, WorkerId worker,
                                     strategy::WorkerChange change) {
  inner_->worker_changed(view, worker, change);
}

void WatchedStrategy::measured(const strategy::View& view,
                               const strategy::Measurement& measurement) {
  inner_->measured(view, measurement);
}

void WatchedStrategy::rebuild(const strategy::View& view) {
  inner_->rebuild(view);
}

}  // namespace steelyard
