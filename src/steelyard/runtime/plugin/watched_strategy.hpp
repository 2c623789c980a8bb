#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "steelyard/base/time.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard {

/// Passes every call on to another strategy, and refuses answers that took too long: one slow
/// strategy keeps every client and every worker of its broker waiting.
///
/// `choose` and `place` throw strategy::TooSlow past the limit, and the core decides without the
/// strategy. It cannot be interrupted: what never returns is not helped. What the strategy throws
/// is passed on. Thread safety: none. Cost: two looks at the clock per question.
class WatchedStrategy final : public strategy::Strategy {
 public:
  struct Options {
    std::chrono::milliseconds max_call{10};
    std::function<std::chrono::nanoseconds()> clock{};  ///< empty: the steady one
  };
  WatchedStrategy(std::unique_ptr<strategy::Strategy> inner, Options options);

  strategy::Choice choose(const strategy::View& view, WorkerId worker) override;
  std::optional<WorkerId> place(const strategy::View& view, LaneId lane) override;
  void lane_changed(const strategy::View& view, LaneId lane, strategy::LaneChange change) override;
  void worker_changed(const strategy::View& view, WorkerId worker,
                      strategy::WorkerChange change) override;
  void measured(const strategy::View& view, const strategy::Measurement& measurement) override;
  void rebuild(const strategy::View& view) override;

 private:
  template <class Call>
  auto timed(const char* what, Call&& call);

  const std::unique_ptr<strategy::Strategy> inner_;
  const Options options_;
};

}  // namespace steelyard
