#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::core {

/// What a worker was given and why, or why it was given nothing.
struct Decision {
  TimePoint at;
  WorkerId worker;
  strategy::Reason why = strategy::Reason::NothingToDo;
  SessionId session;
  std::uint64_t sequence = 0;  ///< of the job; 0: it was given nothing
  QueueId queue;
  StateId state;                       ///< the job's
  bool loads = false;                  ///< the state had to be loaded for it
  StateId gave_up;                     ///< the state that was given up first for that
  TimePoint until = strategy::kNever;  ///< given nothing: when the strategy wants to be asked again
};

/// The latest decisions, for those who want to know why.
///
/// Cost: O(1) per decision; memory for at most the number it was made for. Thread safety: none.
class DecisionLog {
 public:
  explicit DecisionLog(std::uint32_t max_decisions) : max_(max_decisions) {}

  void note(const Decision& decision) {
    if (max_ == 0) return;
    if (kept_.size() < max_) {
      kept_.push_back(decision);
    } else {
      kept_[total_ % max_] = decision;
    }
    ++total_;
  }

  /// Decisions ever noted.
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// Visits what is kept, latest first, until `visit(decision)` returns false.
  template <class Visit>
  void each_latest_first(Visit&& visit) const {
    for (std::uint64_t back = 1; back <= kept_.size(); ++back) {
      if (!visit(kept_[(total_ - back) % max_])) return;
    }
  }

 private:
  std::uint32_t max_;
  std::uint64_t total_ = 0;
  std::vector<Decision> kept_;
};

}  // namespace steelyard::core
