#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "steelyard/strategy/strategy.hpp"

namespace steelyard::cli {

/// What a strategy's calls took, in nanoseconds, the looks at the clock taken off.
struct StrategyTimes {
  std::vector<std::uint32_t> choices_ns;  ///< each `choose`
  std::uint64_t rest_ns = 0;              ///< all other calls together
  std::uint64_t rest_calls = 0;
};

/// Passes every call on and measures it.
class TimedStrategy final : public strategy::Strategy {
 public:
  /// `times` is written to as long as this exists.
  TimedStrategy(std::unique_ptr<strategy::Strategy> inner, StrategyTimes& times)
      : inner_(std::move(inner)), times_(times), clock_ns_(cost_of_clock()) {}

  strategy::Choice choose(const strategy::View& view, WorkerId worker) override {
    const auto began = Clock::now();
    strategy::Choice choice = inner_->choose(view, worker);
    times_.choices_ns.push_back(static_cast<std::uint32_t>(since(began)));
    return choice;
  }
  std::optional<WorkerId> place(const strategy::View& view, LaneId lane) override {
    return measure([&] { return inner_->place(view, lane); });
  }
  void lane_changed(const strategy::View& view, LaneId lane, strategy::LaneChange how) override {
    measure([&] { return inner_->lane_changed(view, lane, how), 0; });
  }
  void worker_changed(const strategy::View& view, WorkerId worker,
                      strategy::WorkerChange how) override {
    measure([&] { return inner_->worker_changed(view, worker, how), 0; });
  }
  void measured(const strategy::View& view, const strategy::Measurement& what) override {
    measure([&] { return inner_->measured(view, what), 0; });
  }
  void rebuild(const strategy::View& view) override { inner_->rebuild(view); }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::uint64_t since(Clock::time_point began) const {
    const auto took = static_cast<std::uint64_t>((Clock::now() - began).count());
    return took - std::min(took, clock_ns_);
  }
  template <class Call>
  std::invoke_result_t<Call> measure(Call&& call) {
    const auto began = Clock::now();
    auto result = call();
    times_.rest_ns += since(began);
    ++times_.rest_calls;
    return result;
  }
  /// What two looks at the clock say about nothing, at the least.
  static std::uint64_t cost_of_clock() {
    std::uint64_t least = UINT64_MAX;
    for (int i = 0; i < 1000; ++i) {
      const auto began = Clock::now();
      least = std::min(least, static_cast<std::uint64_t>((Clock::now() - began).count()));
    }
    return least;
  }

  const std::unique_ptr<strategy::Strategy> inner_;
  StrategyTimes& times_;
  const std::uint64_t clock_ns_;
};

}  // namespace steelyard::cli
