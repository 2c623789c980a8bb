#include "steelyard/sim/recorded/crew_log.hpp"

#include <algorithm>

namespace steelyard::sim {
namespace {

using Kind = CrewChange::Kind;

/// The worker that an event came from; none() for other events.
WorkerId sender(const core::Event& event) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.worker; }) {
          return one.worker;
        } else {
          return WorkerId::none();
        }
      },
      event);
}

}  // namespace

void CrewLog::take(const trace::Step& step) {
  const auto* joined = std::get_if<core::WorkerJoined>(&step.event);
  if (joined != nullptr) join(*joined, step.time);
  const WorkerId worker = sender(step.event);
  const auto present = present_.find(worker);
  if (std::holds_alternative<core::WorkerDrainRequested>(step.event)) {
    // Somebody else may have asked for it.
    if (present != present_.end()) {
      crew_.changes.push_back({step.time, Kind::Drains, worker});
    }
  } else if (std::holds_alternative<core::WorkerLeft>(step.event)) {
    if (present != present_.end()) crew_.changes.push_back({step.time, Kind::Leaves, worker});
    leave(worker);
  } else if (present != present_.end()) {
    present->second.last_heard = step.time;
  }
  for (const core::Action& decision : step.decisions) {
    if (const auto* lost = std::get_if<core::DeclareLost>(&decision)) {
      lose(lost->worker, step.time);
    } else if (const auto* dismissed = std::get_if<core::Dismiss>(&decision)) {
      leave(dismissed->worker);
    } else if (const auto* refused = std::get_if<core::RefuseWorker>(&decision)) {
      if (joined != nullptr && refused->worker == joined->worker) {
        crew_.changes.pop_back();
        leave(refused->worker);
      }
    }
  }
  most_workers_ = std::max(most_workers_, static_cast<std::uint32_t>(present_.size()));
  most_slots_ = std::max(most_slots_, slots_);
}

void CrewLog::join(const core::WorkerJoined& event, TimePoint now) {
  const core::WorkerProfile& profile = event.profile;
  Offer offer{{profile.queues.begin(), profile.queues.end()},
              {profile.tags.begin(), profile.tags.end()},
              profile};
  offer.profile.queues = {};
  offer.profile.tags = {};
  crew_.changes.push_back(
      {now, Kind::Joins, event.worker, static_cast<std::uint32_t>(crew_.offers.size())});
  crew_.offers.push_back(std::move(offer));
  leave(event.worker);
  present_[event.worker] = {profile.slots, now};
  slots_ += profile.slots;
}

/// The two changes stand side by side, until `crew` puts everything in order.
void CrewLog::lose(WorkerId worker, TimePoint now) {
  const auto gone = present_.find(worker);
  if (gone == present_.end()) return;
  crew_.changes.push_back({gone->second.last_heard, Kind::FallsSilent, worker});
  crew_.changes.push_back({now, Kind::Leaves, worker});
  leave(worker);
}

void CrewLog::leave(WorkerId worker) {
  const auto gone = present_.find(worker);
  if (gone == present_.end()) return;
  slots_ -= gone->second.slots;
  present_.erase(gone);
}

Crew CrewLog::crew(TimePoint begin, TimePoint end) const {
  Crew crew{crew_.offers, {}};
  for (std::size_t i = 0; i < crew_.changes.size(); ++i) {
    CrewChange change = crew_.changes[i];
    // Nobody would ever notice the silence of one that is not found to be lost.
    const TimePoint noticed =
        change.kind == Kind::FallsSilent ? crew_.changes[i + 1].time : change.time;
    if (noticed > end) continue;
    change.time = TimePoint(std::max(change.time - begin, Duration()));
    crew.changes.push_back(change);
  }
  std::ranges::stable_sort(crew.changes, {}, &CrewChange::time);
  return crew;
}

}  // namespace steelyard::sim
