#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::Oldest:
      return "oldest";
    case Reason::SameState:
      return "same_state";
    case Reason::SwitchState:
      return "switch_state";
    case Reason::OwnValue:
      return "own_value";
    case Reason::Fallback:
      return "fallback";
    case Reason::NothingToDo:
      return "nothing_to_do";
    case Reason::Guard:
      return "guard";
    case Reason::Owed:
      return "owed";
    case Reason::Cleared:
      return "cleared_fastest";
    case Reason::Replicated:
      return "replicated";
    case Reason::Waiting:
      return "waiting";
    case Reason::FewestBusy:
      return "fewest_busy_user";
  }
  return "unknown";
}

std::optional<WorkerId> Strategy::place(const View& view, LaneId lane) {
  return place_among(view, lane, [](const Worker&) { return true; });
}

}  // namespace steelyard::strategy
