#include "steelyard/runtime/task/believed_states.hpp"

#include <algorithm>
#include <utility>

namespace steelyard {

void BelievedStates::begin(const std::string& state) {
  if (state.empty()) return;
  believed_.insert(state);
  ++running_[state];
}

void BelievedStates::end_unheard(const std::string& state) {
  const auto running = running_.find(state);
  if (running != running_.end() && --running->second == 0) running_.erase(running);
}

void BelievedStates::end_load(const std::string& state, bool failed) {
  end_unheard(state);
  if (failed) believed_.erase(state);
}

std::optional<BelievedStates::Names> BelievedStates::end_job(const std::string& state,
                                                             bool load_failed,
                                                             const std::optional<Names>& actual) {
  end_load(state, load_failed);
  if (!actual || (!is_doubtful_ && agrees_with(*actual))) return std::nullopt;
  is_doubtful_ = false;
  believed_ = {actual->begin(), actual->end()};
  for (const auto& [needed, jobs] : running_) believed_.insert(needed);
  return actual;
}

/// What other jobs need may be on its way in.
bool BelievedStates::agrees_with(const Names& actual) const {
  const auto is_there = [&](const std::string& believed) {
    return running_.contains(believed) || std::ranges::find(actual, believed) != actual.end();
  };
  const auto is_known = [this](const std::string& held) { return believed_.contains(held); };
  return std::ranges::all_of(believed_, is_there) && std::ranges::all_of(actual, is_known);
}

}  // namespace steelyard
