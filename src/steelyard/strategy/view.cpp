#include "steelyard/strategy/view.hpp"

namespace steelyard::strategy {

/// A state of unknown size is taken to fill the worker, until it was measured.
std::uint64_t View::bytes_at(const Worker& worker, StateId id) const {
  const std::uint64_t bytes = state(id).bytes;
  return bytes == 0 ? worker.state_memory_bytes : bytes;
}

/// Whether `state` has room beside what is held, `without` some.
bool View::fits(const Worker& worker, StateId id, const States& without) const {
  if (worker.held.size() - without.size() >= worker.max_states) return false;
  if (worker.state_memory_bytes == 0) return true;
  std::uint64_t free = worker.state_memory_bytes;
  const auto take = [&](StateId one) {
    const std::uint64_t bytes = bytes_at(worker, one);
    if (bytes > free) return false;
    free -= bytes;
    return true;
  };
  for (const Held& held : worker.held) {
    if (std::ranges::find(without, held.state) == without.end() && !take(held.state)) return false;
  }
  return take(id);
}

std::optional<States> View::evictions(WorkerId id, StateId wanted) const {
  const Worker& holder = worker(id);
  States given_up;
  if (fits(holder, wanted, given_up)) return given_up;
  std::vector<const Held*> candidates;
  for (const Held& held : holder.held) {
    if (!held.pinned && held.running == 0) candidates.push_back(&held);
  }
  const auto before = [this](const Held* a, const Held* b) {
    const bool a_is_wanted = state(a->state).waiting > 0;
    const bool b_is_wanted = state(b->state).waiting > 0;
    if (a_is_wanted != b_is_wanted) return b_is_wanted;
    return a->credit != b->credit ? a->credit < b->credit : a->state < b->state;
  };
  std::sort(candidates.begin(), candidates.end(), before);
  for (const Held* held : candidates) {
    given_up.push_back(held->state);
    if (fits(holder, wanted, given_up)) return given_up;
  }
  return std::nullopt;
}

bool View::could_have(WorkerId id, StateId wanted) const {
  const Worker& holder = worker(id);
  if (!wanted.valid() || holder.holds(wanted)) return true;
  if (state(wanted).blocked_until > now_) return false;
  States given_up;
  for (const Held& held : holder.held) {
    if (!held.pinned) given_up.push_back(held.state);
  }
  return given_up.size() == holder.held.size() || fits(holder, wanted, given_up);
}

bool View::can_have(WorkerId id, StateId wanted) const {
  if (!wanted.valid() || worker(id).holds(wanted)) return true;
  return state(wanted).blocked_until <= now_ && evictions(id, wanted).has_value();
}

}  // namespace steelyard::strategy
